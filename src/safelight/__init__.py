"""Safelight: however a file reaches a Python web app, it becomes one verified reference.

Nothing unverified is served, nothing is overwritten, nothing is lost, nothing is orphaned. Start reading at
`safelight.pipeline`: it is the whole product on one screen.
"""

from __future__ import annotations

from .blob import Blob, Reference
from .errors import ConfigurationError, Refusal, SafelightError
from .pipeline import Checked, Safelight, check
from .policy import DOCUMENTS, FILES, GB, HEIC, IMAGES, KB, MB, Policy
from .protocols import Ledger, Scanner, Storage
from .receipt import Receipt
from .upload import Upload

__all__ = [
    "DOCUMENTS",
    "FILES",
    "GB",
    "HEIC",
    "IMAGES",
    "KB",
    "MB",
    "Blob",
    "Checked",
    "ConfigurationError",
    "Ledger",
    "Policy",
    "Receipt",
    "Reference",
    "Refusal",
    "Safelight",
    "SafelightError",
    "Scanner",
    "Storage",
    "Upload",
    "check",
]

__version__ = "0.1.0"
