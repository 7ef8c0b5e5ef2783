"""Office documents: a ZIP archive that says which document it is, and carries no program.

Sources: ECMA-376 part 2 (OPC: [Content_Types].xml, relationships) and part 1 (main parts, 15.2.14 OLE objects);
OpenDocument 1.3 part 2, section 3.3 (mimetype); MS-CFB 2.2 (the header of an OLE file).

Kept: every file in the archive, as in `zip`. Refused: macros, ActiveX controls, embedded OLE objects (all of which are
OLE files, whatever their name) and programs, documents with macros inside of it, templates and objects that would be
fetched from the network when it is opened. Not looked at: what the text says (links, formulas, DDE fields), what is in
documents inside the document (the workbook of a chart).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from urllib.parse import unquote

from ..errors import Corrupt, TypeNotAllowed
from ..policy import DOCX, EXTENSIONS, ODP, ODS, ODT, PPTX, XLSX
from ..words import Words
from . import signatures, xml, zip
from .buffer import Buffer
from .inspection import Format, Inspection
from .zip import Entry

_ARCHIVE = "application/zip"
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_MAIN_PARTS = {
    _OPEN_XML + "wordprocessingml.document.main+xml": DOCX,
    _OPEN_XML + "spreadsheetml.sheet.main+xml": XLSX,
    _OPEN_XML + "presentationml.presentation.main+xml": PPTX,
}
_OTHER_MAIN_PARTS = re.compile(r"(?:template|slideshow)\.main\+xml\Z")
_OPEN_DOCUMENTS = {ODT, ODS, ODP}
_ACTIVE_TYPES = {"macro": Words("macros"), "vba": Words("macros"), "activex": Words("an ActiveX control")}
_MACROS = re.compile(r"(?:\A|/)vba[^/]*\.bin\Z|\A(?:basic|scripts)/")
_MACRO_DOCUMENTS = re.compile(r"\.(?:do[ct]m|xl[st]m|xlam|p[op]tm|pp[as]m|sldm)\Z")
_PROGRAMS = re.compile(
    r"\.(?:exe|dll|com|scr|pif|cpl|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|wsh|hta|lnk|url|scf|reg|jar|sh)\Z"
)
# By how they begin, whatever their name.
_EMBEDDED = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": Words("an embedded OLE object"),
    b"MZ": Words("an embedded program"),
    b"\x7fELF": Words("an embedded program"),
}
_LONGEST_SIGNATURE = max(map(len, _EMBEDDED))
# What is fetched, and may run, without being asked for; a link is not, and a picture does not run.
_FETCHED = re.compile(r"/(?:attachedTemplate|oleObject|frame|subDocument|aFChunk)\Z")
# A template on a drive of one's own is in half of all documents (file:///C:/, file://localhost/); another computer's
# name behind two slashes of either kind, or behind the slashes of file:///, makes Windows log in there.
_NETWORK = re.compile(
    r"\s*(?:(?!file:)[a-z][a-z0-9+.-]+:|[/\\]{2}|file:[/\\]{2}(?!(?:localhost)?[/\\](?![/\\])))", re.IGNORECASE
)
_LONGEST_MIMETYPE = 100


def inspect(data: Buffer) -> Inspection:
    """Find out which document this is; an archive that is none is ``application/zip``, which no policy takes."""
    found = zip.entries(data)
    media_type = _media_type(data, found)
    parts, removed = zip.rewritten(data, found)
    extension = EXTENSIONS.get(media_type, "zip")
    return Inspection(media_type=media_type, extension=extension, parts=parts, removed=removed)


def verify(data: Buffer, inspection: Inspection) -> None:
    """Unpack every file in it, a little at a time: it is whole, and no program."""
    lists = xml.Lists()
    for entry in zip.entries(data):
        contents = zip.unpacked(data, entry)
        if entry.name.lower().endswith(".rels"):
            lists.read(contents, partial(_check_relationship, inspection.media_type))
            continue
        beginning = _beginning(contents)
        if embedded := next((what for sign, what in _EMBEDDED.items() if beginning.startswith(sign)), None):
            raise _active(inspection.media_type, embedded)


def _beginning(contents: Iterable[bytes]) -> bytes:
    """The first bytes of the contents; all of them are read, and with that checked."""
    beginning = b""
    for piece in contents:
        if len(beginning) < _LONGEST_SIGNATURE:
            beginning += piece[:_LONGEST_SIGNATURE]
    return beginning


def _media_type(data: Buffer, found: list[Entry]) -> str:
    files = {entry.name.lower(): entry for entry in found}
    types = files.get("[content_types].xml")
    if found and found[0].name == "mimetype" and found[0].size <= _LONGEST_MIMETYPE:
        media_type = b"".join(zip.unpacked(data, found[0])).decode("ascii", "replace")
        if media_type not in _OPEN_DOCUMENTS or types is not None:
            return _ARCHIVE
        if "encrypted-package" in files:
            raise TypeNotAllowed("an encrypted document", ["documents without a password"])
        if "content.xml" not in files:
            raise Corrupt("its main part is missing")
    elif types is not None:
        media_type = _open_xml(zip.unpacked(data, types), files)
    else:
        return _ARCHIVE
    if any(map(_MACROS.search, files)):
        raise _active(media_type, Words("macros"))
    for name in files:
        if _MACRO_DOCUMENTS.search(name):
            raise _active(media_type, Words("macros in a document inside of it"))
        if _PROGRAMS.search(name):
            raise _active(media_type, Words("an embedded program"))
    return media_type


def _open_xml(types: Iterable[bytes], files: Mapping[str, Entry]) -> str:
    """The document whose main part the content types name (OPC 7.3.7); the part must be there."""
    parts: dict[str, str] = {}  # by content type

    def element(attributes: dict[str, str]) -> None:
        if content_type := attributes.get("ContentType"):
            parts[content_type.strip().lower()] = attributes.get("PartName", "").lower().removeprefix("/")

    xml.Lists().read(types, element)
    main = [content_type for content_type in _MAIN_PARTS if content_type in parts]
    media_type = _MAIN_PARTS[main[0]] if main else _ARCHIVE
    for content_type in parts:
        if active := next((what for sign, what in _ACTIVE_TYPES.items() if sign in content_type), None):
            raise _active(media_type, active)
        if _OTHER_MAIN_PARTS.search(content_type):
            raise TypeNotAllowed("an Office template or slide show", ["documents"])
    if len(main) != 1:
        return _ARCHIVE
    part = parts[main[0]]
    if part and part not in files:
        raise Corrupt("its main part is missing")
    return media_type


def _check_relationship(media_type: str, attributes: dict[str, str]) -> None:
    """A relationship (OPC 6.5) may lead out of the document."""
    fetched = attributes.get("TargetMode") == "External" and _FETCHED.search(attributes.get("Type", ""))
    if fetched and _NETWORK.match(unquote(attributes.get("Target", ""))):
        raise _active(media_type, Words("a template or object on the network"))


def _active(media_type: str, what: str) -> TypeNotAllowed:
    found = Words("an Office document") if media_type == _ARCHIVE else signatures.NAMES[media_type]
    return TypeNotAllowed(Words("{found} with {what}", found=found, what=what), ["documents without active content"])


FORMATS = tuple(
    Format(media_type=media_type, name=name, sniff=zip.sniff, inspect=inspect, verify=verify)
    for media_type, name in {
        DOCX: "Word (docx)",
        XLSX: "Excel (xlsx)",
        PPTX: "PowerPoint (pptx)",
        ODT: "ODT",
        ODS: "ODS",
        ODP: "ODP",
    }.items()
)
