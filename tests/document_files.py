"""Documents to test with: PDF, ZIP and Office files built from their parts, so that each part can be made wrong alone.

What stands here is written from the specifications, not from `safelight.formats`, which it tests.
"""

import struct
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.pictures import joined

from safelight.formats import Inspection, inspect, verify
from safelight.policy import DOCUMENTS


def verified(data: bytes, types: Collection[str] = DOCUMENTS) -> tuple[bytes, Inspection]:
    """What would be stored of `data`, after every check that the formats make."""
    inspection = inspect(data, types)
    verify(data, inspection)
    return joined(data, inspection.parts), inspection


# --- PDF ------------------------------------------------------------------------------------------------------------

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>"


def stream(data: bytes, dictionary: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (dictionary, len(data), data)


def object_stream(*objects: bytes, first: int = 10) -> bytes:
    """Objects in a stream (ISO 32000-2, 7.5.7), numbered from `first`."""
    index, body = b"", b""
    for number, content in enumerate(objects, first):
        index += b"%d %d " % (number, len(body))
        body += content + b" "
    facts = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (len(objects), len(index))
    return stream(zlib.compress(index + body), facts)


def _body(objects: tuple[bytes, ...], header: bytes) -> tuple[bytes, list[int]]:
    data, offsets = header, []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    return data, offsets


def ending(position: int) -> bytes:
    return b"startxref\n%d\n%%%%EOF\n" % position


def pdf(*objects: bytes, header: bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A page, and further objects; with a cross-reference table."""
    data, offsets = _body((CATALOG, PAGES, PAGE, *objects), header)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(offsets) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d%s>>\n" % (count, table, count, trailer)
    return data + end + ending(len(data))


def pdf_with_streams(*objects: bytes, **facts: bytes) -> bytes:
    """The same with a cross-reference stream (7.5.8)."""
    data, offsets = _body((CATALOG, PAGES, PAGE, *objects), b"%PDF-1.5\n")
    rows = struct.pack(">BIB", 0, 0, 255) + b"".join(struct.pack(">BIB", 1, at, 0) for at in (*offsets, len(data)))
    kind, root = facts.get("kind", b"/Type/XRef"), facts.get("root", b"/Root 1 0 R")
    table = stream(rows, b"%s%s/Size %d/W[1 4 1]" % (kind, root, len(offsets) + 2))
    return data + b"%d 0 obj\n%s\nendobj\n" % (len(offsets) + 1, facts.get("table", table)) + ending(len(data))


# --- ZIP ------------------------------------------------------------------------------------------------------------


@dataclass
class File:
    """A file in an archive. `local` and `central` are what the two headers say instead of the truth."""

    name: bytes
    content: bytes = b""
    method: int = 8
    flags: int = 0
    packed: bytes = b""
    before: bytes = b""  # bytes in front of it
    after: bytes = b""  # and behind it: a data descriptor
    local_extra: bytes = b""
    extra: bytes = b""
    comment: bytes = b""
    attributes: int = 0
    local: Mapping[str, Any] = field(default_factory=dict)
    central: Mapping[str, Any] = field(default_factory=dict)
    listed: bool = True

    def __post_init__(self) -> None:
        self.packed = self.packed or (deflated(self.content) if self.method == 8 else self.content)
        self.facts = {"flags": self.flags, "method": self.method, "crc": zlib.crc32(self.content)}
        self.facts |= {"packed": len(self.packed), "size": len(self.content), "name": self.name}


def deflated(content: bytes, level: int = 9) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(content) + deflate.flush()


def _common(facts: Mapping[str, Any], extra: bytes) -> bytes:
    """The fields that both headers have (APPNOTE 4.3.7 and 4.3.12), with the date of a day in 2025."""
    date = (0x6000, 0x5B21)
    numbers = (facts["flags"], facts["method"], *date, facts["crc"], facts["packed"], facts["size"])
    return struct.pack("<4H3I2H", *numbers, len(facts["name"]), len(extra))


def archive(*files: File, comment: bytes = b"", between: bytes = b"", tail: bytes = b"", **end: int) -> bytes:
    """`end` are fields of the record at the end; `between` lies before it and `tail` behind it and its comment."""
    data, directory = b"", b""
    for file in files:
        data += file.before
        facts = file.facts | {"at": len(data)} | file.central
        own = file.facts | file.local
        data += struct.pack("<4sH", b"PK\3\4", 20) + _common(own, file.local_extra)
        data += own["name"] + file.local_extra + file.packed + file.after
        if file.listed:
            directory += struct.pack("<4s2H", b"PK\1\2", 0x0314, 20) + _common(facts, file.extra)
            directory += struct.pack("<3H2I", len(file.comment), 0, 0, file.attributes, facts["at"])
            directory += facts["name"] + file.extra + file.comment
    count = sum(file.listed for file in files)
    facts = {"disk": 0, "here": count, "count": count, "length": len(directory), "start": len(data)} | end
    record = struct.pack("<4s2H", b"PK\5\6", facts["disk"], facts["disk"])
    record += struct.pack("<2H2IH", *list(facts.values())[1:], len(comment))
    return data + directory + between + record + comment + tail


# --- Office ---------------------------------------------------------------------------------------------------------

_OPEN_XML = b"application/vnd.openxmlformats-officedocument."
_NAMESPACE = b"http://schemas.openxmlformats.org/package/2006/"
_RELATIONSHIP = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
MAIN = {
    "docx": (b"word/document.xml", _OPEN_XML + b"wordprocessingml.document.main+xml"),
    "xlsx": (b"xl/workbook.xml", _OPEN_XML + b"spreadsheetml.sheet.main+xml"),
    "pptx": (b"ppt/presentation.xml", _OPEN_XML + b"presentationml.presentation.main+xml"),
}
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def content_types(*types: tuple[bytes, bytes], before: bytes = b'<?xml version="1.0" encoding="UTF-8"?>') -> File:
    overrides = b"".join(b'<Override PartName="/%s" ContentType="%s"/>' % pair for pair in types)
    defaults = b'<Default Extension="xml" ContentType="application/xml"/>'
    types_xml = b'<Types xmlns="%scontent-types">%s%s</Types>' % (_NAMESPACE, defaults, overrides)
    return File(b"[Content_Types].xml", before + types_xml)


def open_xml(kind: str = "docx", *files: File, types: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    return archive(content_types(MAIN[kind], *types), File(MAIN[kind][0], b"<x/>" * 20), *files)


def relationship(kind: bytes, target: bytes, mode: bytes = b"External") -> File:
    one = b'<Relationship Id="r1" Type="%s%s" TargetMode="%s" Target="%s"/>' % (_RELATIONSHIP, kind, mode, target)
    return File(
        b"word/_rels/document.xml.rels",
        b'<Relationships xmlns="%srelationships">%s</Relationships>' % (_NAMESPACE, one),
    )


def open_document(kind: bytes = b"text", *files: File, main: bytes = b"content.xml") -> bytes:
    mimetype = File(b"mimetype", b"application/vnd.oasis.opendocument." + kind, method=0)
    return archive(mimetype, File(main, b"<x/>"), File(b"META-INF/manifest.xml", b"<m/>"), *files)
