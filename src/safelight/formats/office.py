"""Office documents: a ZIP archive that says which document it is, and carries no program.

Sources: ECMA-376 part 2 (OPC: [Content_Types].xml, relationships) and part 1 (main parts, 15.2.14 OLE objects);
OpenDocument 1.3 part 2, section 3.3 (mimetype); MS-CFB 2.2 (the header of an OLE file).

Kept: every file in the archive, as in `zip`. Refused: macros, ActiveX controls, embedded OLE objects (all of which are
OLE files, whatever their name), templates and objects that would be fetched from the network when it is opened. Not
looked at: what the text says (links, formulas, DDE fields), documents inside the document (the workbook of a chart).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from xml.parsers import expat

from ..errors import Corrupt, TooComplex, TypeNotAllowed
from ..policy import DOCX, EXTENSIONS, ODP, ODS, ODT, PPTX, XLSX
from . import signatures, zip
from .buffer import Buffer
from .inspection import Format, Inspection
from .zip import Entry

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_MAIN_PARTS = {
    _OPEN_XML + "wordprocessingml.document.main+xml": DOCX,
    _OPEN_XML + "spreadsheetml.sheet.main+xml": XLSX,
    _OPEN_XML + "presentationml.presentation.main+xml": PPTX,
}
_OTHER_MAIN_PARTS = re.compile(r"(?:template|slideshow)\.main\+xml\Z")
_OPEN_DOCUMENTS = {ODT, ODS, ODP}
_ACTIVE_TYPES = {"macro": "macros", "vba": "macros", "activex": "an ActiveX control"}
_MACROS = re.compile(r"(?:\A|/)vba[^/]*\.bin\Z|\A(?:basic|scripts)/")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What is fetched, and may run, without being asked for; a link is not, and a picture does not run. A template on a
# drive of the company's own is in half of all documents.
_FETCHED = re.compile(r"/(?:attachedTemplate|oleObject|frame|subDocument)\Z")
_NETWORK = re.compile(r"\s*(?!file:)[a-z][a-z0-9+.-]+:", re.IGNORECASE)
# A line for each part, and each link of a table: a hundred thousand of them.
_MAX_XML = 16_000_000
_MAX_DEPTH = 8  # these lists have two levels; a parser remembers each


def inspect(data: Buffer) -> Inspection:
    """Find out which document this is; an archive that is none is ``application/zip``."""
    found = zip.entries(data)
    media_type = _media_type(data, found)
    parts, removed = zip.rewritten(data, found)
    extension = EXTENSIONS.get(media_type, "zip")
    return Inspection(media_type=media_type, extension=extension, parts=parts, removed=removed)


def verify(data: Buffer, inspection: Inspection) -> None:
    """Unpack every file in it, a little at a time: it is whole, and no program."""
    xml = 0
    for entry in zip.entries(data):
        if entry.name.lower().endswith(".rels"):
            xml += entry.size
            if xml > _MAX_XML:
                raise TooComplex("it has far too many relationships")
            _check_relationships(_read(data, entry), inspection.media_type)
            continue
        beginning = b""
        for piece in zip.unpacked(data, entry):
            if len(beginning) < len(_OLE):
                beginning += piece[: len(_OLE)]
        if beginning.startswith(_OLE):
            raise _active(inspection.media_type, "an embedded OLE object")


def _media_type(data: Buffer, found: list[Entry]) -> str:
    files = {entry.name.lower(): entry for entry in found}
    types, mimetype = files.get("[content_types].xml"), found[0] if found else None
    if mimetype is not None and mimetype.name == "mimetype":
        media_type = _read(data, mimetype).decode("ascii", "replace")
        if media_type not in _OPEN_DOCUMENTS or types is not None:
            return "application/zip"
        if "encrypted-package" in files:
            raise TypeNotAllowed("an encrypted document", ["documents without a password"])
        if "content.xml" not in files:
            raise Corrupt("its main part is missing")
    elif types is not None:
        media_type = _open_xml(_read(data, types), files)
    else:
        return "application/zip"
    if any(map(_MACROS.search, files)):
        raise _active(media_type, "macros")
    return media_type


def _open_xml(types: bytes, files: Mapping[str, Entry]) -> str:
    """The document whose main part the content types name (OPC 7.3.7); the part must be there."""
    named: list[tuple[str, str]] = []

    def element(_: str, attributes: dict[str, str]) -> None:
        if content_type := attributes.get("ContentType"):
            named.append((content_type.strip().lower(), attributes.get("PartName", "").lower().removeprefix("/")))

    _parse(types, element)
    main = {_MAIN_PARTS[content_type]: part for content_type, part in named if content_type in _MAIN_PARTS}
    for content_type in {content_type for content_type, _ in named}:
        for sign, what in _ACTIVE_TYPES.items():
            if sign in content_type:
                raise _active(next(iter(main), ""), what)
        if _OTHER_MAIN_PARTS.search(content_type):
            raise TypeNotAllowed("an Office template or slide show", ["documents"])
    if len(main) != 1:
        return "application/zip"
    ((media_type, part),) = main.items()
    if part and part not in files:
        raise Corrupt("its main part is missing")
    return media_type


def _check_relationships(content: bytes, media_type: str) -> None:
    """Relationships (OPC 6.5) that lead out of the document."""

    def element(_: str, attributes: dict[str, str]) -> None:
        fetched = attributes.get("TargetMode") == "External" and _FETCHED.search(attributes.get("Type", ""))
        if fetched and _NETWORK.match(attributes.get("Target", "")):
            raise _active(media_type, "a template or object on the network")

    _parse(content, element)


def _read(data: Buffer, entry: Entry) -> bytes:
    if entry.size > _MAX_XML:
        raise TooComplex("a list in it is far too long")
    return b"".join(zip.unpacked(data, entry))


def _parse(content: bytes, element: Callable[[str, dict[str, str]], None]) -> None:
    """Call `element` for each element. Without a document type there are no entities, which could grow without end or
    read other files; OPC forbids it, too (part 2, 6.5.2 and 7.2.3.2)."""
    depth = 0

    def begins(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise TooComplex("its XML is nested without need")
        element(name, attributes)

    def ends(_: str) -> None:
        nonlocal depth
        depth -= 1

    def document_type(*_: object) -> None:
        raise Corrupt("its XML has a document type")

    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler, parser.StartElementHandler, parser.EndElementHandler = document_type, begins, ends
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise Corrupt("its XML is broken") from None


def _active(media_type: str, what: str) -> TypeNotAllowed:
    found = signatures.NAMES.get(media_type, "an Office document")
    return TypeNotAllowed(f"{found} with {what}", ["documents without active content"])


FORMATS = tuple(
    Format(media_type=media_type, name=name, sniff=zip.sniff, inspect=inspect, verify=verify)
    for media_type, name in {
        DOCX: "Word (docx)",
        XLSX: "Excel (xlsx)",
        PPTX: "PowerPoint (pptx)",
        ODT: "OpenDocument text (odt)",
        ODS: "OpenDocument spreadsheet (ods)",
        ODP: "OpenDocument presentation (odp)",
    }.items()
)
