"""Room on a file system: for how many of the largest uploads there is some, before the first one fails."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..policy import Policy
from .bodies import largest
from .finding import Finding, error, ok, warning

AT_ONCE = 10
"""Uploads for which there should be room: as many as a small server has threads."""
_FEW_FILES = 10_000


def examine(folder: Path, policies: Sequence[Policy]) -> Iterator[Finding]:
    """Of the file system that has `folder`."""
    system = os.statvfs(folder)
    free = system.f_bavail * system.f_frsize
    policy = largest(policies)
    mend = "Make room, or give it a larger disk."
    if policy is None or policy.max_bytes * AT_ONCE <= free:
        yield ok(f"{size(free)} are free in {folder}.")
    else:
        room = "not even one file" if policy.max_bytes > free else f"only {free // policy.max_bytes} files"
        sentence = f"{size(free)} are free in {folder}: room for {room} of {size(policy.max_bytes)} ({policy.name!r})."
        yield error(sentence, mend) if policy.max_bytes > free else warning(sentence, mend)
    if system.f_files and system.f_favail < _FEW_FILES:  # some file systems do not count them
        yield warning(
            f"Only {system.f_favail:,} more files can be made in {folder}, however small.",
            "Delete small files there, or make a file system with more inodes.",
        )


def size(count: int) -> str:
    """For people who run servers: ``12.4 GB``."""
    for unit, bytes_of_it in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= bytes_of_it:
            amount = count / bytes_of_it
            return f"{amount:,.0f} {unit}" if amount >= 100 else f"{amount:.3g} {unit}"
    return f"{count} bytes"
