"""Pixels as a decoder of its own sees them, and noise in their place."""

import io
import random

from PIL import Image, ImageChops, ImageStat


def garbled(jpeg: bytes) -> bytes:
    """The same container around noise in place of its picture data."""
    start, end = jpeg.index(b"\xff\xda"), jpeg.rindex(b"\xff\xd9")
    start += 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big")
    return jpeg[:start] + random.Random(1).randbytes(end - start).replace(b"\xff", b"\xfe") + jpeg[end:]


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def difference(one: Image.Image, other: Image.Image) -> float:
    assert (one.size, one.mode) == (other.size, other.mode)
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)
