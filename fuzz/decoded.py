"""The independent judge of pixels: libvips, which takes a warning for an error."""

from __future__ import annotations

import os

os.environ["VIPS_CONCURRENCY"] = "1"
os.environ["VIPS_WARNING"] = "0"

import pyvips

pyvips.cache_set_max(0)
_EVERY_FRAME = ("gifload_buffer", "webpload_buffer", "heifload_buffer")


def decode(data: bytes) -> tuple[object, ...] | None:
    """Every pixel of every frame; None if libvips cannot decode it, or only with a warning."""
    try:
        loader = pyvips.vips_lib.vips_foreign_find_load_buffer(data, len(data))
        name = "" if loader == pyvips.ffi.NULL else pyvips.ffi.string(loader).decode()
        options = {"n": -1} if pyvips.nickname_find(pyvips.type_from_name(name)) in _EVERY_FRAME else {}
        image = pyvips.Image.new_from_buffer(data, "", fail_on="warning", **options)
        return image.width, image.height, image.bands, image.format, image.interpretation, image.write_to_memory()
    except pyvips.Error:
        return None
