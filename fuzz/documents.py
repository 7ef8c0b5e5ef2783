"""Small documents to begin with: a page of PDF with a table and with a stream of references, Office files."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R>>",
    b"<</Length 9>>\nstream\n0 0 m 9 w\nendstream",
)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_MAIN = {
    "word/document.xml": "wordprocessingml.document.main+xml",
    "xl/workbook.xml": "spreadsheetml.sheet.main+xml",
    "ppt/presentation.xml": "presentationml.presentation.main+xml",
}


def pdfs() -> Iterator[bytes]:
    """ISO 32000-2, sections 7.5.4 and 7.5.8."""
    data, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(_OBJECTS, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    ending = b"startxref\n%d\n%%%%EOF\n" % len(data)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    yield data + b"xref\n0 5\n0000000000 65535 f \n%strailer\n<</Size 5/Root 1 0 R>>\n%s" % (table, ending)
    rows = b"".join(struct.pack(">BIB", place > 0, place, 0) for place in (0, *places, len(data)))
    for packed, filtered in (rows, b""), (zlib.compress(rows), b"/Filter/FlateDecode"):
        facts = b"/Type/XRef/Root 1 0 R/Size 6/W[1 4 1]/Length %d%s" % (len(packed), filtered)
        yield data + b"5 0 obj\n<<%s>>\nstream\n%s\nendstream\nendobj\n%s" % (facts, packed, ending)


def offices() -> Iterator[bytes]:
    """ECMA-376, part 2 (packages); OpenDocument 1.3, part 2."""
    for main, kind in _MAIN.items():
        override = f'<Override PartName="/{main}" ContentType="{_OPEN_XML}{kind}"/>'
        link = f'<Relationship Id="r1" Type="{_PACKAGE}relationships/x" Target="{main}"/>'
        yield _archive(
            ("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}content-types">{override}</Types>'),
            ("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}relationships">{link}</Relationships>'),
            (main, "<x/>" * 20),
        )
    for name in ("text", "spreadsheet", "presentation"):
        mimetype = ("mimetype", f"application/vnd.oasis.opendocument.{name}")
        yield _archive(mimetype, ("content.xml", "<x/>"), ("META-INF/manifest.xml", "<m/>"))


def _archive(*files: tuple[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files:
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()
