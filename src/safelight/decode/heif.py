"""A HEIC picture as a JPEG, by libheif: upright, with its colour profile, and with nothing else of what was in it.

A program of `safelight.decode.confine`; nothing else imports it, nor pillow_heif.
"""

from __future__ import annotations

import os
from typing import Any

import pillow_heif
from PIL import Image

# The picture alone: nothing else of the file is worth decoding. One thread: the server has its own work to do.
pillow_heif.options.DECODE_THREADS = 1
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False


def run(job: dict[str, Any]) -> dict[str, Any]:
    """`max_pixels` bounds what is decoded, by what the header says; `output` is a file descriptor. The answer says how
    large the picture is, decoded or not."""
    if "max_pixels" not in job:
        return {}  # only to see whether libheif is there
    with os.fdopen(0, "rb", closefd=False) as file:
        container = pillow_heif.open_heif(file, convert_hdr_to_8bit=True)
    picture = container[container.primary_index]
    width, height = picture.size
    if width * height > job["max_pixels"]:
        return {"width": width, "height": height}
    profile = picture.info.get("icc_profile")
    # libheif has turned it already, as its irot and imir say (ISO/IEC 23008-12, 6.5.10 and 6.5.12); EXIF has no say.
    image = _flat(picture.to_pillow())
    with os.fdopen(job["output"], "wb", closefd=False) as output:
        # HEIC halves the colours' resolution, too.
        image.save(output, "JPEG", quality=95, subsampling="4:2:0", icc_profile=profile)
    return {"width": image.width, "height": image.height}


def _flat(image: Image.Image) -> Image.Image:
    """Eight bits a sample, and white where nothing is: JPEG has neither depth nor transparency."""
    if image.mode == "I;16":
        image = Image.frombytes("L", image.size, image.tobytes()[1::2])
    if image.mode in ("RGBa", "La"):
        image = image.convert(image.mode.upper())
    if image.mode in ("RGBA", "LA"):
        background = Image.new("RGB", image.size, "white")
        background.paste(image, mask=image.getchannel("A"))
        return background
    return image if image.mode in ("L", "RGB") else image.convert("RGB")
