"""The doctor: looks at a deployment before its users do, and says of each finding how to mend it.

An adapter tells what there is (`deployment.Deployment`); each module here knows one subject of it, and tries for real
what uploads will need. What it makes to that end the ledger knows first, so that even a kill leaves nothing that a
sweep does not find; and it has removed it when it is done. An examination that fails is itself a finding.
"""

from .database import Database
from .deployment import Deployment, examinations
from .finding import Examination, Finding, Level, error, note, ok, warning
from .referral import referral
from .report import fails, summary, told

__all__ = [
    "Database",
    "Deployment",
    "Examination",
    "Finding",
    "Level",
    "error",
    "examinations",
    "fails",
    "note",
    "ok",
    "referral",
    "summary",
    "told",
    "warning",
]
