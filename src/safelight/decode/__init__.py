"""Full decoding, where a policy asks for it: what is accepted is proved to be decodable, pixel by pixel.

Walking a container costs a fraction of decoding and keeps out nearly all that is broken; it cannot see garbage inside
an intact container. ``Policy(decode="strict")`` decodes what would be stored, once; ``orient="apply"`` turns its
pixels; `HEIC` among its types makes JPEGs of iPhone pictures; ``thumbnail=True`` scales what would be stored down. All
four run a C library on a stranger's bytes, so all four happen in a process of its own (`sandbox`), which gives up what
it does not need (`confine`) before its program (`vips` or `heif`) reads a byte. See docs/explanation/decoding.md.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import IO, BinaryIO, cast

from ..errors import ConfigurationError, Corrupt, DecoderUnavailable, TooManyPixels, local_files
from ..formats import Inspection
from ..policy import AVIF, GIF, HEIC, JPEG, PNG, WEBP, Policy
from . import sandbox
from .sandbox import Facts, Limits

_VIPS, _HEIF = Path(__file__).with_name("vips.py"), Path(__file__).with_name("heif.py")
_PROGRAMS = {"pyvips": _VIPS, "pillow_heif": _HEIF}

# Bytes of memory for each pixel of the canvas: half as much again as the most wasteful file that we could make takes
# (a progressive JPEG in four colours, an interlaced PNG of 16 bits, an AVIF of 12 bits with transparency). Turning
# holds all pixels besides.
_BYTES = {JPEG: 12, PNG: 12, GIF: 12, WEBP: 28, AVIF: 40, HEIC: 40}
_TO_TURN = 12
_BASE = 256_000_000
_TURNED = (JPEG, PNG, WEBP)


def needed(policy: Policy) -> bool:
    """Whether the policy asks for any of it."""
    return bool(_needs(policy))


def require(policy: Policy) -> None:
    """Raises `ConfigurationError` if the policy needs a decoder that is not installed."""
    for why, package, extra in _needs(policy):
        if not sandbox.is_installed(package):
            raise ConfigurationError(_sentence(policy, why, extra, f"{package} is not installed"))


def trouble(policy: Policy) -> str | None:
    """Why the policy's decoders do not work here; None if they do. Starts each of them once."""
    for why, package, extra in _needs(policy):
        if reason := _trouble(package):
            return _sentence(policy, why, extra, reason)
    return None


def thumbnail_trouble(policy: Policy) -> str | None:
    """Why the policy's pictures stay without the thumbnails it asks for; None if they get them. Starts libvips once."""
    if policy.thumbnail and (reason := _trouble("pyvips")):
        return _sentence(policy, "thumbnail=True", "images", reason)
    return None


@cache
def _trouble(package: str) -> str | None:
    if not sandbox.is_installed(package):
        return f"{package} is not installed"
    try:
        with tempfile.TemporaryFile() as nothing:
            sandbox.run(_PROGRAMS[package], {}, nothing, Limits(_BASE, 5))
    except DecoderUnavailable as error:
        return f"it does not start, {error.reason}"
    return None


def _needs(policy: Policy) -> list[tuple[str, str, str]]:
    """(what asks for it, package, extra) of each decoder."""
    needs = []
    if policy.decode == "strict":
        needs.append(('decode="strict"', "pyvips", "images"))
    elif policy.orient == "apply":
        needs.append(('orient="apply"', "pyvips", "images"))
    if HEIC in policy.types:
        needs.append((f"the type {HEIC}", "pillow_heif", "heic"))
    return needs


def _sentence(policy: Policy, why: str, extra: str, reason: str) -> str:
    return f'policy {policy.name!r}: {why} needs a decoder (pip install "safelight[{extra}]"): {reason}'


def prove(content: IO[bytes], inspection: Inspection) -> None:
    """Decode every pixel of `content`. Raises `Corrupt`, or `TooComplex` if that costs too much.

    Of what is no picture nothing is decoded. Of an animated PNG libvips decodes the first frame; that all frames
    inflate to their rows has been verified. An AVIF is decoded to its primary picture.
    """
    if inspection.media_type in _BYTES and not inspection.as_sent:
        facts = sandbox.run(_VIPS, {"media_type": inspection.media_type}, content, _limits(inspection))
        _compare(facts, inspection)


def turns(inspection: Inspection) -> bool:
    """Whether `turned` does anything for it: a still JPEG, PNG or WebP that does not lie upright. (In AVIF turning is
    part of decoding, which no viewer forgets, so that it may stay as it is.)"""
    return inspection.orientation > 1 and inspection.frames == 1 and inspection.media_type in _TURNED


def turned(content: IO[bytes], inspection: Inspection) -> BinaryIO:
    """The same picture upright, in the same format: untrusted bytes, to be inspected like any other upload.

    A re-encode: lossless for PNG (of 8 or 16 bits; palettes are resolved) and lossless WebP, at quality 95 for others.
    (JPEG could be turned without, but only where its sides are multiples of its blocks, and by no library that is
    kept up.) The decoding is as strict as `prove`'s.
    """
    job = {"media_type": inspection.media_type, "orientation": inspection.orientation}
    output = _temporary()
    try:
        _compare(sandbox.run(_VIPS, job, content, _limits(inspection, turns=True), output), inspection)
        output.seek(0)
    except BaseException:
        output.close()
        raise
    return output


def scaled(content: IO[bytes], inspection: Inspection, size: tuple[int, int], quality: int) -> BinaryIO:
    """A WebP with `size` (width and height) of a picture, or of the first frame of an animation: upright, in sRGB, with
    its transparency and nothing else. Untrusted bytes, to be inspected like any other upload.

    Decoding is as forgiving as a browser's is: this proves nothing. Raises as `prove`, and `DecoderUnavailable` where
    libvips is not installed.
    """
    if not sandbox.is_installed("pyvips"):
        raise DecoderUnavailable("pyvips is not installed")
    limits = replace(_limits(inspection), output=_most_bytes(size[0] * size[1]))
    job = {"media_type": inspection.media_type, "size": size, "quality": quality}
    output = _temporary()
    try:
        _compare(sandbox.run(_VIPS, job, content, limits, output), inspection)
        output.seek(0)
    except BaseException:
        output.close()
        raise
    return output


def to_jpeg(content: IO[bytes], max_pixels: int) -> BinaryIO:
    """A HEIC picture as a JPEG, upright, with its colour profile: untrusted bytes, to be inspected like any other
    upload. Raises `TooManyPixels` by what its header says, before anything is decoded."""
    output = _temporary()
    limits = Limits(_BASE + _BYTES[HEIC] * max_pixels, _seconds(max_pixels), _most_bytes(max_pixels))
    try:
        facts = sandbox.run(_HEIF, {"max_pixels": max_pixels}, content, limits, output)
        if facts.width * facts.height > max_pixels:
            raise TooManyPixels(facts.width, facts.height, 1, max_pixels)
        output.seek(0)
    except BaseException:
        output.close()
        raise
    return output


def _compare(facts: Facts, inspection: Inspection) -> None:
    """A container that says one thing to us and another to a decoder is broken, and may be meant to be."""
    sizes = {(inspection.width, inspection.height)}
    if inspection.media_type == AVIF:  # its decoder crops and turns it; we count pixels as stored
        sizes = {inspection.displayed, inspection.displayed[::-1]}
    animated = inspection.media_type in (GIF, WEBP)
    if (facts.width, facts.height) not in sizes or (animated and facts.frames != inspection.frames):
        raise Corrupt("its header does not fit its picture data")


def _limits(inspection: Inspection, *, turns: bool = False) -> Limits:
    canvas = (inspection.width or 0) * (inspection.height or 0)
    memory = _BASE + canvas * (_BYTES[inspection.media_type] + turns * _TO_TURN)
    return Limits(memory, _seconds(inspection.pixels) * (1 + turns), _most_bytes(canvas) if turns else 0)


def _seconds(pixels: int) -> int:
    """Some ten times what pictures cost: 5 seconds, and one for every 4 million pixels."""
    return 5 + pixels // 4_000_000


def _most_bytes(pixels: int) -> int:
    """What the largest file of so many pixels has, with four samples of 16 bits each."""
    return 1_000_000 + 9 * pixels


def _temporary() -> BinaryIO:
    with local_files():
        return cast(BinaryIO, tempfile.TemporaryFile())
