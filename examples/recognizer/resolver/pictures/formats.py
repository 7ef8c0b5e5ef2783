"""A drawn picture as the bytes of a file."""

import io
from typing import Any

from PIL import Image


def jpeg(picture: Image.Image, **extras: Any) -> bytes:
    return _saved(picture, "JPEG", quality=85, **extras)


def png(picture: Image.Image) -> bytes:
    return _saved(picture, "PNG")


def webp(picture: Image.Image) -> bytes:
    return _saved(picture, "WEBP", quality=80)


def avif(picture: Image.Image) -> bytes:
    return _saved(picture, "AVIF", quality=65, speed=8)


def gif(frames: list[Image.Image], **extras: Any) -> bytes:
    """An animation that stops for a while at the end, and begins again."""
    first, *others = frames
    times = [60] * len(others) + [1800]  # ms
    return _saved(first, "GIF", save_all=True, append_images=others, duration=times, loop=0, **extras)


def _saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()
