"""Pictures, and the bodies that carry them."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

GIB = 1 << 30
BOUNDARY = b"3f1c0b6e5a"
_HEAD = b"--%s\r\nContent-Disposition: form-data; name=image; filename=photo.jpg\r\nContent-Type: image/jpeg\r\n\r\n"
_TAIL = b"\r\n--%s--\r\n"


@dataclass(frozen=True)
class Kind:
    """A way to send a picture: what stands before, after and in the stead of its bytes."""

    name: str
    content_type: str
    before: bytes
    encode: Callable[[bytes], bytes]
    after: bytes

    def body(self, picture: bytes) -> bytes:
        return self.before + self.encode(picture) + self.after

    def stream(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same of a picture in pieces, whose lengths must be multiples of three but for the last."""
        yield self.before
        for piece in pieces:
            yield self.encode(piece)
        yield self.after


def _in_form(data: bytes) -> bytes:
    """As encodeURIComponent has it, which $.post calls."""
    return base64.b64encode(data).replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D")


def _escaped(data: bytes) -> bytes:
    """As PHP's json_encode and others have it."""
    return base64.b64encode(data).replace(b"/", rb"\/")


JSON = Kind("JSON", "application/json", b'{"image": "', base64.b64encode, b'"}')
FORM = Kind("form", "application/x-www-form-urlencoded", b"image=", _in_form, b"")
ESCAPED = Kind("escaped JSON", "application/json", b'{"image": "', _escaped, b'"}')
MULTIPART = Kind(
    "multipart",
    f"multipart/form-data; boundary={BOUNDARY.decode()}",
    _HEAD % BOUNDARY,
    bytes,
    _TAIL % BOUNDARY,
)
KINDS = (JSON, FORM, ESCAPED, MULTIPART)


def picture(size: int, folder: Path) -> bytes:
    """A JPEG of about `size` bytes that any decoder can read: coloured noise, made once. At quality 97 a pixel takes
    two bytes or so, so that even 49 MB stay below what Pillow takes for a bomb."""
    path = folder / f"{size}.jpg"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        sample = 512
        pixels = size * sample * sample // len(_noise(sample, sample))
        width = round((pixels * 4 / 3) ** 0.5)
        part = path.with_suffix(".part")
        part.write_bytes(_noise(width, pixels // width))
        part.replace(path)
    return path.read_bytes()


def _noise(width: int, height: int) -> bytes:
    pixels = random.Random(width).randbytes(width * height * 3)
    file = BytesIO()
    Image.frombytes("RGB", (width, height), pixels).save(file, "JPEG", quality=97)
    return file.getvalue()


def endless(like: bytes, size: int) -> Iterator[bytes]:
    """A JPEG of `size` bytes in pieces: the picture `like` with more and more entropy-coded data before its end. Not
    decodable beyond its pixels, but its structure is whole, and that is what costs."""
    scan = bytes(byte if byte < 0xFF else 0xFE for byte in random.Random(0).randbytes(3 << 18))
    start = (len(like) - 2) // 3 * 3
    yield like[:start]
    rest = like[start:-2]
    left = size - len(like)
    while left > len(scan):
        yield rest + scan[: len(scan) - len(rest)]
        left -= len(scan) - len(rest)
        rest = b""
    yield rest + scan[:left] + like[-2:]
