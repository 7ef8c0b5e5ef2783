"""What has to be true of every input, whatever it is; `Finding` says what is not.

Whatever else leaves `check` (any exception that is no `Refusal`) is a finding as well.
"""

from __future__ import annotations

import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from safelight import Refusal
from safelight.formats import FORMATS, Buffer, FileBuffer, Inspection, Span, inspect, verify

Decode = Callable[[bytes], Any]
"""The pixels of a picture, as something that can be compared; None for what cannot be decoded without a warning."""

# What is verified: its cost is bounded by the pixels, and a fuzzer's time is better spent elsewhere.
_MAX_PIXELS = 1_000_000
# Decoding is slow: only small pictures, and one of so many.
_DECODED_PIXELS, _DECODED_ONE_IN = 100_000, 8
# Of two timings before a frame, browsers take the last, since the first may be a text's; libvips mixes them.
_DISPUTED = {"timing without a frame"}

# A walker reads five times in a JPEG's smallest segment, of four bytes.
_READS, _READS_PER_BYTE = 1_000, 4
# CPU time of one walk and proof. GIF may count codes for half a second, and a fuzzer's counters double that.
_SECONDS, _SECONDS_PER_BYTE = 2.0, 20e-6


class Finding(AssertionError):
    """A property that an input breaks."""


class _CountingBuffer(FileBuffer):
    reads = 0

    def __getitem__(self, key: Any) -> Any:
        self.reads += 1
        return super().__getitem__(key)

    def read_into(self, target: bytearray, at: int) -> None:
        self.reads += 1
        super().read_into(target, at)


_file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - one for all inputs


def check(data: bytes, decode: Decode | None = None, *, sampled: bool = True) -> Inspection | None:
    """Inspect, verify and sanitise `data` as the pipeline would. None if it is refused, which it may be."""
    _file.truncate(0)
    _file.seek(0)
    _file.write(data)
    buffer = _CountingBuffer(_file, len(data))
    begun = time.process_time()
    try:
        inspection: Inspection | None = _walk(buffer)
    except Refusal:
        inspection = None
    seconds = time.process_time() - begun
    if buffer.reads > _READS + _READS_PER_BYTE * len(data):
        raise Finding(f"{buffer.reads} reads in {len(data)} bytes")
    if seconds > _SECONDS + _SECONDS_PER_BYTE * len(data):
        raise Finding(f"{seconds:.1f} s for {len(data)} bytes")
    if inspection is None:
        return None
    if _walk(data) != inspection:
        raise Finding("a file and its bytes are inspected as two things")

    stored = _joined(data, inspection.parts)
    if len(stored) != inspection.size:
        raise Finding("a part lies outside the file")
    try:
        again = _walk(stored)
    except Refusal as refusal:
        raise Finding(f"what is stored would be refused: {refusal.detail}") from refusal
    if again.removed:
        raise Finding(f"something is still in what is stored: {again.removed}")
    if _facts(again) != _facts(inspection):
        raise Finding(f"what is stored is something else: {_facts(again)}, not {_facts(inspection)}")
    if _joined(stored, again.parts) != stored:
        raise Finding("what is stored changes when it is sanitised again")

    small = 0 < inspection.pixels <= _DECODED_PIXELS
    if decode and small and not (sampled and zlib.crc32(data) % _DECODED_ONE_IN):
        before = None if _DISPUTED & {what for what, _ in inspection.removed} else decode(data)
        if before is not None and before != decode(stored):
            raise Finding("the pixels are not the same")
    return inspection


def _walk(data: Buffer) -> Inspection:
    inspection = inspect(data, FORMATS)
    if inspection.pixels <= _MAX_PIXELS:
        verify(data, inspection)
    return inspection


def _facts(inspection: Inspection) -> Inspection:
    return replace(inspection, parts=(), removed=(), revealed=None)


def _joined(data: bytes, parts: Iterable[Span | bytes]) -> bytes:
    return b"".join(data[part.start : part.end] if isinstance(part, Span) else part for part in parts)
