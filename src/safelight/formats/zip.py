"""ZIP, the container of Office documents: its files stay, byte for byte as they were compressed; whatever lies before,
between and behind them stays behind. What is stored is written anew in the plainest form, so that no two programs can
see different files in it.

Source: PKWARE APPNOTE.TXT 6.3.10 (4.3: structure; 4.4: fields; 4.5.3: sizes in 64 bits); ISO/IEC 21320-1, which allows
documents no more than this.

Kept: the files that the central directory names, with their names. Rewritten: every header, without time, attributes
(symbolic links), extra fields and comments. Dropped: all else. Refused: encrypted, overlapping or contradictory
entries, names that leave the folder, methods other than stored and deflated, archives that unpack to too much.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from ..errors import Corrupt, TooComplex, TypeNotAllowed
from ..words import Words, megabytes
from .buffer import Buffer, steps
from .inspection import Removed, Span

_LOCAL = struct.Struct("<4s5H3I2H")  # 4.3.7
_CENTRAL = struct.Struct("<4s6H3I5H2I")  # 4.3.12
_END = struct.Struct("<4s4H2IH")  # 4.3.16
_LOCAL_SIGNATURE, _CENTRAL_SIGNATURE, _END_SIGNATURE = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_VERSION = 20
_NEW_YEAR_1980 = 0x21  # the first date there is: what Office itself writes
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZES_FOLLOW, _UTF_8 = 1 << 0, 1 << 3, 1 << 11
_UNDERSTOOD = _SIZES_FOLLOW | _UTF_8 | 0b110  # two bits say how hard a compressor tried
_IN_64_BITS = 0xFFFFFFFF  # the number stands in the extra field _ZIP64
_ZIP64 = 0x0001

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\:]")
# A presentation of a thousand slides has some thousands.
_MAX_ENTRIES = 10_000
_MAX_NAME = 255
# Deflate shrinks a thousandfold at most, the XML of an honest table thirtyfold. Small files may do as they like.
_MAX_RATIO = 100
_ALWAYS_ALLOWED = 10_000_000
_MAX_UNPACKED = 300_000_000
_PIECE = 1 << 16  # bytes deflated, and
_STEP = 1 << 18  # inflated, at a time: what `unpacked` may hold in memory


class Entry(NamedTuple):
    """A file in the archive, as its own header and the central directory agree on it."""

    name: str
    raw_name: bytes
    flags: int  # whether the raw name is UTF-8, and nothing else
    method: int
    crc: int
    packed: int
    size: int
    start: int  # of its header
    data: int  # of its bytes

    @property
    def end(self) -> int:
        return self.data + self.packed


def sniff(head: bytes) -> bool:
    return head.startswith(_LOCAL_SIGNATURE)


def entries(data: Buffer) -> list[Entry]:
    """The files of the archive, in the order in which they lie."""
    count, at, directory_end = _find_directory(data)
    found: list[Entry] = []
    for _ in range(count):
        entry, at = _read_entry(data, at, directory_end)
        found.append(entry)
    if at != directory_end:
        raise Corrupt("its directory is not as long as it says")
    found.sort(key=lambda entry: entry.start)
    for entry, following in pairwise(found):
        if entry.end > following.start:  # a few bytes that are a thousand files: the overlapping bomb
            raise Corrupt("two files in it overlap")
    if found and found[-1].end > directory_end:
        raise Corrupt("a file in it is cut short")
    _check_names(found)
    _check_size(found, len(data))
    return found


def rewritten(data: Buffer, found: list[Entry]) -> tuple[tuple[Span | bytes, ...], tuple[Removed, ...]]:
    """The archive in its plainest form, and what is no longer in it."""
    parts: list[Span | bytes] = []
    directory: list[bytes] = []
    at = 0
    for entry in found:
        facts = (entry.method, 0, _NEW_YEAR_1980, entry.crc, entry.packed, entry.size, len(entry.raw_name))
        header = _LOCAL.pack(_LOCAL_SIGNATURE, _VERSION, entry.flags, *facts, 0) + entry.raw_name
        parts += (header, Span(entry.data, entry.end))
        listed = _CENTRAL.pack(_CENTRAL_SIGNATURE, _VERSION, _VERSION, entry.flags, *facts, 0, 0, 0, 0, 0, at)
        directory.append(listed + entry.raw_name)
        at += len(header) + entry.packed
    length = sum(map(len, directory))
    parts += (b"".join(directory), _END.pack(_END_SIGNATURE, 0, 0, len(found), len(found), length, at, 0))
    dropped = len(data) - at - length - _END.size
    return tuple(parts), ((Removed("data outside of its files", dropped),) if dropped else ())


def unpacked(data: Buffer, entry: Entry) -> Iterator[bytes]:
    """The contents of one file, a few hundred kilobytes at a time: exactly as many bytes as it says, with the
    checksum that it says, or `Corrupt` in the end."""
    size, crc = 0, 0
    for piece in _inflated(data, entry) if entry.method == _DEFLATED else _stored(data, entry):
        size += len(piece)
        if size > entry.size:
            raise Corrupt("a file in it is longer than it says")
        crc = zlib.crc32(piece, crc)
        yield piece
    if size != entry.size or crc != entry.crc:
        raise Corrupt("a file in it is not what its checksum says")


def _inflated(data: Buffer, entry: Entry) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for _, pending in steps(data, entry.data, entry.end, _PIECE):
            while pending:
                if inflate.eof:
                    raise Corrupt("something is hidden behind a file in it")
                yield inflate.decompress(pending, _STEP)
                pending = inflate.unconsumed_tail or inflate.unused_data
        while not inflate.eof and (rest := inflate.decompress(b"", _STEP)):
            yield rest
    except zlib.error:
        raise Corrupt("the compressed data of a file in it is broken") from None
    if not inflate.eof:
        raise Corrupt("the compressed data of a file in it is cut short")


def _stored(data: Buffer, entry: Entry) -> Iterator[bytes]:
    for _, piece in steps(data, entry.data, entry.end):
        yield bytes(piece)


def _find_directory(data: Buffer) -> tuple[int, int, int]:
    """How many entries the central directory has, its beginning and its end, from the record behind it (4.3.16)."""
    tail_at = max(0, len(data) - _END.size - 0xFFFF)  # a comment may follow the record
    found = data[tail_at : len(data)].rfind(_END_SIGNATURE)
    end = tail_at + found
    if found < 0 or end + _END.size > len(data):
        raise Corrupt("it is cut short: its directory is missing")
    _, disk, first_disk, here, count, size, start, comment = _END.unpack(data[end : end + _END.size])
    if count == 0xFFFF or _IN_64_BITS in (size, start):
        raise TooComplex("it is in the form for files of more than 4 GB")
    if disk or first_disk or here != count or start + size > end or end + _END.size + comment > len(data):
        raise Corrupt("its directory is not where it should be")
    if count > _MAX_ENTRIES:
        raise TooComplex("it is an archive of more than {limit} files", limit=_MAX_ENTRIES)
    return count, start, start + size


def _read_entry(data: Buffer, at: int, limit: int) -> tuple[Entry, int]:
    """An entry of the central directory (4.3.12) with the file's own header (4.3.7), and where the next entry is."""
    header = data[at : min(at + _CENTRAL.size, limit)]
    if len(header) < _CENTRAL.size or not header.startswith(_CENTRAL_SIGNATURE):
        raise Corrupt("its directory is broken")
    _, _, _, flags, method, _, _, *numbers, _, _, _, start = _CENTRAL.unpack(header)
    crc, packed, size, length, extra, comment = numbers
    extra_at = at + _CENTRAL.size + length
    after = extra_at + extra + comment
    if after > limit or not 1 <= length <= _MAX_NAME:
        raise Corrupt("its directory is broken")
    name = data[extra_at - length : extra_at]
    if _IN_64_BITS in (size, packed, start):
        size, packed, start = _in_64_bits(data[extra_at : extra_at + extra], (size, packed, start))

    header = data[start : start + _LOCAL.size]
    if len(header) < _LOCAL.size or not header.startswith(_LOCAL_SIGNATURE):
        raise Corrupt("a file in it is not where it should be")
    _, _, local_flags, local_method, _, _, *local, length, extra = _LOCAL.unpack(header)
    data_at = start + _LOCAL.size + length + extra
    # Where the two differ, two programs would see two different files.
    flags |= local_flags
    expected = (0, _IN_64_BITS) if flags & _SIZES_FOLLOW else (_IN_64_BITS,)
    agreed = all(mine == its or mine in expected for mine, its in zip(local, (crc, packed, size), strict=True))
    if not agreed or local_method != method or data[start + _LOCAL.size : data_at - extra] != name:
        raise Corrupt("its directory and its files contradict each other")
    _check_kind(flags, method)
    return Entry(_decoded(name, flags), name, flags & _UTF_8, method, crc, packed, size, start, data_at), after


def _in_64_bits(extra: bytes, fields: tuple[int, ...]) -> list[int]:
    """Those of the fields that do not fit into 32 bits stand in an extra field, in this order (4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        block = extra[at + 4 : at + 4 + length]
        if kind == _ZIP64 and len(block) >= 8 * fields.count(_IN_64_BITS):
            numbers = struct.iter_unpack("<Q", block[: len(block) & ~7])
            return [next(numbers)[0] if field == _IN_64_BITS else field for field in fields]
        at += 4 + length
    raise Corrupt("its directory is broken")


def _check_kind(flags: int, method: int) -> None:
    if flags & _ENCRYPTED:
        raise TypeNotAllowed("an encrypted archive", ["documents without a password"])
    if flags & ~_UNDERSTOOD or method not in (_STORED, _DEFLATED):
        raise TooComplex("a file in it is compressed in an unusual way")


def _decoded(name: bytes, flags: int) -> str:
    """The name (4.4.17, appendix D)."""
    try:
        return name.decode("utf-8" if flags & _UTF_8 else "cp437")
    except UnicodeDecodeError:
        raise Corrupt("the name of a file in it is broken") from None


def _check_names(found: list[Entry]) -> None:
    """A name that leaves the folder (or would, on another system) writes over somebody's files when it is unpacked; of
    two files with one name, a scanner may look at the one and a reader at the other."""
    for entry in found:
        steps_down = entry.name.removesuffix("/").split("/")
        if _UNSAFE.search(entry.name) or not {"", ".", ".."}.isdisjoint(steps_down):
            raise Corrupt("a file in it has a name that leaves its folder")
    if len({entry.name.casefold() for entry in found}) < len(found):
        raise Corrupt("two files in it have the same name")


def _check_size(found: list[Entry], size: int) -> None:
    """Before anything is inflated: what it says it unpacks to. `unpacked` does not let it unpack to more."""
    total = sum(entry.size for entry in found)
    if total > _MAX_UNPACKED:
        raise TooComplex(Words("it unpacks to more than {limit}", limit=megabytes(_MAX_UNPACKED)))
    if total > max(_ALWAYS_ALLOWED, _MAX_RATIO * size):
        raise TooComplex("it unpacks to more than {limit} times its size", limit=_MAX_RATIO)
