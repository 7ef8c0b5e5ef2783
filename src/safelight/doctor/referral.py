"""A command whose database has failed says that nothing is lost, and who finds out what is wrong."""

from __future__ import annotations

from .finding import reason


def referral(failure: Exception, command: str) -> str:
    """`command` is the doctor's, as it is typed."""
    return (
        f"The database failed: {reason(failure)}.\n"
        f"Nothing is lost, and what was done stays done: run this again. If it fails again, this says why: {command}"
    )
