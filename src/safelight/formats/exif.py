"""EXIF, of which a picture needs one fact: which way up it is. Everything else (where it was taken, by whose phone,
a thumbnail of what was cropped away) stays behind.

Sources: CIPA DC-008 (Exif 2.32) section 4.5 and 4.6; TIFF 6.0 section 2.
"""

from __future__ import annotations

import struct

HEADER = b"Exif\0\0"
_ORIENTATION = 0x0112
_SHORT = 3


def orientation(tiff: bytes) -> int:
    """The orientation (1 to 8) in the first image file directory of a TIFF block; 1 if it cannot be found.

    Broken EXIF is common and harmless, since none of it is kept: it is no reason to refuse a picture.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 10:
        return 1
    (directory,) = struct.unpack_from(order + "I", tiff, 4)
    if directory + 2 > len(tiff):
        return 1
    (entries,) = struct.unpack_from(order + "H", tiff, directory)
    for at in range(directory + 2, min(directory + 2 + 12 * entries, len(tiff) - 11), 12):
        tag, kind, count, value = struct.unpack_from(order + "HHIH", tiff, at)
        if tag == _ORIENTATION:
            return value if kind == _SHORT and count == 1 and 1 <= value <= 8 else 1
    return 1


def orientation_only(value: int) -> bytes:
    """A TIFF block of 26 bytes that says which way up the picture is, and nothing else."""
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, _SHORT, 1, value, 0, 0)
