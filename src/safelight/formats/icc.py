"""Colour profiles: kept, because without them colours change; but only whole ones of a sane size, so that nothing
else travels as a profile. Source: ICC.1:2022, section 7.2 (header) and 7.3 (tag table)."""

from __future__ import annotations

import struct

MAX_BYTES = 4_000_000
"""The largest profiles in use (four-colour press profiles) are near 3 MB."""


def is_whole(profile: bytes) -> bool:
    """Whether `profile` is a complete ICC profile: its size field tells the truth, its signature is there, and
    every tag lies inside it."""
    if not 132 <= len(profile) <= MAX_BYTES or profile[36:40] != b"acsp":
        return False
    size, tags = struct.unpack_from(">I", profile, 0)[0], struct.unpack_from(">I", profile, 128)[0]
    if size != len(profile) or not 1 <= tags <= 200 or 132 + 12 * tags > size:
        return False
    for at in range(132, 132 + 12 * tags, 12):
        offset, length = struct.unpack_from(">II", profile, at + 4)
        if offset < 132 + 12 * tags or offset + length > size:
            return False
    return True
