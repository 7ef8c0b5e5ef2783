"""Every pixel, by libvips, with warnings as failures and no loader but the one for the type that was found; or a small
picture of it.

A program of `safelight.decode.confine`; nothing else imports it, nor pyvips.
"""

from __future__ import annotations

import os

import pyvips

TYPE_CHECKING = False  # quicker than to import it
if TYPE_CHECKING:
    from typing import Any

_FORMATS = {
    "image/jpeg": ("Jpeg", "jpegload_source", "jpegsave_target"),
    "image/png": ("Png", "pngload_source", "pngsave_target"),
    "image/gif": ("Nsgif", "gifload_source", None),
    "image/webp": ("Webp", "webpload_source", "webpsave_target"),
    "image/avif": ("Heif", "heifload_source", None),
}
_ANIMATED = ("image/gif", "image/webp")
_SHRINKING = ("Jpeg", "Webp")  # whose decoders can make a picture of fewer pixels, in less time
_BUFFER = 4096  # bytes that libvips reads at a time for libjpeg


def run(job: dict[str, Any]) -> dict[str, Any]:
    """``{"media_type": ..}`` alone asks to decode; with `orientation` (2 to 8, as EXIF numbers them) and `output` (a
    file descriptor), also to write the picture turned upright, in the same format; with `size` (width and height),
    `quality` and `output`, to write a WebP of that size instead, and no more decoding than that takes."""
    if "media_type" not in job:
        return {}  # only to see whether libvips is there
    try:
        return _scale(job) if "size" in job else _decode(job)
    except pyvips.Error as error:
        if "memory" in str(error).lower():
            raise MemoryError from None
        raise


def _decode(job: dict[str, Any]) -> dict[str, Any]:
    name, load, save = _FORMATS[job["media_type"]]
    _allow_only(f"Load{name}", f"Save{name}")
    pages = {"n": -1} if job["media_type"] in _ANIMATED else {}
    watched = _Watched()
    source = watched.source if name == "Jpeg" else pyvips.Source.new_from_descriptor(0)
    image = pyvips.Operation.call(load, source, access="sequential", fail_on="warning", **pages)
    facts = _facts(image)
    if save is None or "orientation" not in job:
        # Rows are decoded one after the other, so that the last is there when all have been. To do something with
        # every pixel (an average, say) would cost as much again.
        image.crop(0, image.height - 1, image.width, 1).avg()
    else:
        _turn(image, job, save)
    if name == "Jpeg" and watched.unread > _BUFFER:
        raise ValueError(f"{watched.unread} bytes lie behind the last pixel")
    return facts


def _scale(job: dict[str, Any]) -> dict[str, Any]:
    """The first frame, upright, scaled with its transparency in mind, and in sRGB by the profile in the file."""
    name, load, _ = _FORMATS[job["media_type"]]
    _allow_only(f"Load{name}", "SaveWebp")
    source = pyvips.Source.new_from_descriptor(0)
    image = pyvips.Operation.call(load, source, access="sequential", fail_on="error")
    facts = _facts(image)
    width, height = job["size"]
    options = {"height": height, "size": "force"}
    options["export_profile"] = "srgb"  # which libvips 8.17 renamed to output_profile, and knows by both names
    if name in _SHRINKING:  # libvips has to open it anew: only then does it know what little it is to decode
        small = pyvips.Operation.call("thumbnail_source", source, width, fail_on="error", **options)
    else:
        small = pyvips.Operation.call("thumbnail_image", image, width, **options)
    target = pyvips.Target.new_to_descriptor(job["output"])
    pyvips.Operation.call("webpsave_target", small, target, Q=job["quality"], keep="none")
    return facts


def _facts(image: pyvips.Image) -> dict[str, Any]:
    return {"width": image.width, "height": image.get_page_height(), "frames": image.get_n_pages()}


class _Watched:
    """Standard input, and how much of it was never read. The rows of a JPEG may be complete long before its data is at
    an end, with room for a ZIP archive; libjpeg only warns of it when it is asked to finish, which libvips does not."""

    def __init__(self) -> None:
        self.unread = self._size = os.fstat(0).st_size
        self.source = pyvips.SourceCustom()
        self.source.on_read(self._read)
        self.source.on_seek(lambda offset, whence: os.lseek(0, offset, whence))

    def _read(self, size: int) -> bytes:
        data = os.read(0, size)
        self.unread = min(self.unread, self._size - os.lseek(0, 0, os.SEEK_CUR))
        return data


def _allow_only(loader: str, saver: str) -> None:
    """Of more than a hundred loaders and savers, one of each."""
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeign", True)
    pyvips.operation_block_set(f"VipsForeign{loader}", False)
    pyvips.operation_block_set(f"VipsForeign{saver}", False)
    pyvips.cache_set_max(0)


def _turn(image: pyvips.Image, job: dict[str, Any], save: str) -> None:
    upright = image.copy_memory()  # turned, the rows come in another order
    upright.set_type(pyvips.GValue.gint_type, "orientation", job["orientation"])
    target = pyvips.Target.new_to_descriptor(job["output"])
    pyvips.Operation.call(save, upright.autorot(), target, keep="icc", **_quality(image, job["media_type"]))


def _quality(image: pyvips.Image, media_type: str) -> dict[str, Any]:
    """As little lost as the format allows: nothing in PNG and lossless WebP. A JPEG's colours keep their resolution,
    full (4:4:4) or halved; halved in one direction (4:2:2), they are in both. Little effort is spent on size."""
    if media_type == "image/png":
        return {"compression": 3}
    if media_type == "image/webp":
        return {"lossless": True, "effort": 0} if _is_lossless_webp() else {"Q": 95, "effort": 0}
    halved = image.get_typeof("jpeg-chroma-subsample") and image.get("jpeg-chroma-subsample") == "4:2:0"
    return {"Q": 95, "subsample_mode": "on" if halved else "off"}


def _is_lossless_webp() -> bool:
    """Which of the two codecs the first frame has (RFC 9649, sections 2.5 and 2.6)."""
    at = 12
    for _ in range(8):  # VP8X, ICCP, ALPH may come before it
        kind, length = os.pread(0, 4, at), int.from_bytes(os.pread(0, 4, at + 4), "little")
        if kind in (b"VP8 ", b"VP8L"):
            return kind == b"VP8L"
        at += 8 + length + length % 2
    return False
