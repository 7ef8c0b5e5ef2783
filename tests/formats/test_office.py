"""Office documents: told apart by what they say they are, opened by others as before, refused if they run something."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.document_files import (
    MAIN,
    OLE,
    File,
    archive,
    content_types,
    open_document,
    open_xml,
    relationship,
    verified,
)

from safelight.errors import Corrupt, Refusal, TooComplex
from safelight.formats import inspect
from safelight.policy import DOCUMENTS, DOCX, IMAGES, ODP, ODS, ODT, PDF, PPTX, XLSX

WHOLE = {
    DOCX: open_xml("docx"),
    XLSX: open_xml("xlsx"),
    PPTX: open_xml("pptx"),
    ODT: open_document(b"text"),
    ODS: open_document(b"spreadsheet"),
    ODP: open_document(b"presentation"),
}
EXTENSION = {DOCX: "docx", XLSX: "xlsx", PPTX: "pptx", ODT: "odt", ODS: "ods", ODP: "odp"}
VBA = b"application/vnd.ms-office.vbaProject"
MACRO_MAIN = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
OPEN_XML = b"application/vnd.openxmlformats-officedocument."


def refused(data: bytes, types=DOCUMENTS) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        verified(data, types)
    return refusal.value


@pytest.mark.parametrize(("media_type", "data"), WHOLE.items(), ids=EXTENSION.values())
def test_a_document_says_what_it_is(media_type, data):
    stored, inspection = verified(data)
    assert (inspection.media_type, inspection.extension) == (media_type, EXTENSION[media_type])
    assert (inspection.width, inspection.pixels) == (None, 0)
    assert verified(stored)[0] == stored


def test_lists_may_be_in_utf_16():
    utf_16 = content_types(MAIN["docx"], before=b"").content.decode().encode("utf-16")
    assert verified(archive(File(b"[Content_Types].xml", utf_16), File(MAIN["docx"][0])))[1].media_type == DOCX


def test_the_policy_decides_which_documents():
    assert verified(WHOLE[XLSX], {XLSX, PDF})[1].media_type == XLSX
    assert refused(WHOLE[XLSX], {DOCX, PDF}).detail == "This is an Excel workbook; accepted: PDF and Word (docx)."
    assert refused(WHOLE[ODT], {ODS}).detail == "This is an OpenDocument text; accepted: ODS."
    assert refused(WHOLE[DOCX], {PDF}).detail == "This is a ZIP archive or Office document; accepted: PDF."
    assert refused(WHOLE[DOCX], IMAGES).numbers["found"] == "a ZIP archive or Office document"


NO_DOCUMENTS = {
    "an archive": archive(File(b"a.txt", b"a")),
    "an empty archive": archive(File(b"a/", method=0)),
    "content types without a main part": archive(content_types()),
    "two documents in one": archive(
        content_types(MAIN["docx"], MAIN["xlsx"]), File(MAIN["docx"][0]), File(MAIN["xlsx"][0])
    ),
    "an e-book": archive(File(b"mimetype", b"application/epub+zip", method=0), File(b"content.xml")),
    "an OpenDocument template": open_document(b"text-template"),
    "mimetype not first": archive(File(b"content.xml"), File(b"mimetype", ODT.encode(), method=0)),
    "OpenDocument and Open XML in one": open_document(b"text", content_types(MAIN["docx"]), File(MAIN["docx"][0])),
    "a very long mimetype": archive(File(b"mimetype", b"x" * 500), File(b"content.xml")),
}


@pytest.mark.parametrize("data", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_what_is_no_document_is_an_archive(data):
    assert refused(data, {DOCX, ODT, XLSX}).detail == (
        "This is a ZIP archive; accepted: Excel (xlsx), ODT and Word (docx)."
    )


ACTIVE = {
    "a macro": (open_xml("docx", File(b"word/vbaProject.bin", b"x")), "a Word document with macros"),
    "a macro by another name": (
        open_xml("docx", File(b"word/x.bin"), types=((b"word/x.bin", VBA),)),
        "a Word document with macros",
    ),
    "a workbook with macros": (
        archive(content_types((b"xl/workbook.xml", MACRO_MAIN)), File(b"xl/workbook.xml")),
        "an Office document with macros",
    ),
    "macros of old": (
        open_xml("xlsx", types=((b"xl/macrosheets/sheet1.xml", b"application/vnd.ms-excel.macrosheet+xml"),)),
        "an Excel workbook with macros",
    ),
    "an ActiveX control": (
        open_xml("pptx", types=((b"ppt/activeX/activeX1.xml", b"application/vnd.ms-office.activeX+xml"),)),
        "a PowerPoint presentation with an ActiveX control",
    ),
    "an OLE object": (
        open_xml("docx", File(b"word/embeddings/oleObject1.bin", OLE + bytes(600))),
        "a Word document with an embedded OLE object",
    ),
    "an OLE object as a picture": (
        open_xml("docx", File(b"word/media/image1.png", OLE + bytes(600), method=0)),
        "a Word document with an embedded OLE object",
    ),
    "an OLE object in an OpenDocument": (
        open_document(b"spreadsheet", File(b"Object 1", OLE)),
        "an OpenDocument spreadsheet with an embedded OLE object",
    ),
    "Basic": (open_document(b"text", File(b"Basic/Standard/Module1.xml")), "an OpenDocument text with macros"),
    "Python": (open_document(b"text", File(b"Scripts/python/x.py")), "an OpenDocument text with macros"),
    "a template on the network": (
        open_xml("docx", relationship(b"attachedTemplate", b"https://example.org/x.dotm")),
        "a Word document with a template or object on the network",
    ),
    "an object on the network": (
        open_xml("docx", relationship(b"oleObject", b" mhtml:http://example.org/x!x")),
        "a Word document with a template or object on the network",
    ),
    "a program": (
        open_xml("docx", File(b"word/embeddings/a.bin", b"MZ\x90\0")),
        "a Word document with an embedded program",
    ),
    "a program of Linux": (
        open_xml("xlsx", File(b"xl/embeddings/a", b"\x7fELF\2")),
        "an Excel workbook with an embedded program",
    ),
    "a program by its name": (
        open_document(b"text", File(b"Pictures/a.EXE", b"x")),
        "an OpenDocument text with an embedded program",
    ),
    "a document with macros in it": (
        open_xml("docx", File(b"word/embeddings/m.docm", WHOLE[DOCX], method=0)),
        "a Word document with macros in a document inside of it",
    ),
    "a page that becomes part of it": (
        open_xml("docx", relationship(b"aFChunk", b"https://example.org/x.html")),
        "a Word document with a template or object on the network",
    ),
    "a page on the network": (
        open_xml("docx", relationship(b"frame", b"HTTP://example.org/x")),
        "a Word document with a template or object on the network",
    ),
}


@pytest.mark.parametrize(("data", "found"), ACTIVE.values(), ids=ACTIVE)
def test_active_content_is_refused_by_name(data, found):
    assert refused(data).detail == f"This is {found}; accepted: documents without active content."


@pytest.mark.parametrize(
    "target",
    [
        b"file://evil.example/x.dotm",
        b"FILE:\\\\evil.example\\s\\x.dotm",
        b"file:////evil.example/s/x.dotm",
        b"file:///\\\\evil.example\\s\\x.dotm",
        b"file:///%5C%5Cevil.example%5Cs%5Cx.dotm",
        b"file://localhost//evil.example/x.dotm",
        b"file://localhost.evil.example/x.dotm",
        b"\\\\evil.example\\s\\x.dotm",
        b"//evil.example/x.dotm",
        b" /\\evil.example/x.dotm",
    ],
)
def test_templates_of_another_computer_are_refused(target):
    assert (
        "template or object on the network"
        in refused(open_xml("docx", relationship(b"attachedTemplate", target))).detail
    )


HARMLESS = [
    relationship(b"attachedTemplate", b"file:///C:/Users/ada/letter.dotx"),
    relationship(b"attachedTemplate", b"file:///home/ada/letter.dotx"),
    relationship(b"attachedTemplate", b"file://localhost/C:/letter.dotx"),
    relationship(b"attachedTemplate", b"file:C:\\letter.dotx"),
    relationship(b"attachedTemplate", b"C:\\Users\\ada\\letter.dotx"),
    relationship(b"aFChunk", b"afchunk.mht", b"Internal"),
    File(b"word/media/a.png", b"\x7fEL"),
    relationship(b"hyperlink", b"https://example.org/"),
    relationship(b"image", b"https://example.org/x.png"),
    relationship(b"attachedTemplate", b"file:///C:\\Users\\ada\\Templates\\letter.dotx"),
    relationship(b"attachedTemplate", b"letter.dotx"),
    relationship(b"oleObject", b"embeddings/x.xlsx", b"Internal"),
    File(b"word/embeddings/Microsoft_Excel_Sheet.xlsx", WHOLE[XLSX], method=0),
    File(b"word/media/image1.emf", b"\x01\0\0\0"),
    File(b"word/short", OLE[:7]),
]


@pytest.mark.parametrize("file", HARMLESS)
def test_links_pictures_and_the_workbook_of_a_chart_are_not_active(file):
    verified(open_xml("docx", file))


def test_templates_and_shows_are_refused_by_name():
    for content_type in (b"wordprocessingml.template.main+xml", b"presentationml.slideshow.main+xml"):
        data = archive(content_types((b"word/document.xml", OPEN_XML + content_type)), File(b"word/document.xml"))
        assert refused(data).detail == "This is an Office template or slide show; accepted: documents."


def test_an_encrypted_document_that_shows_nothing_of_itself_is_refused():
    data = open_document(b"text", File(b"encrypted-package"))
    assert refused(data).detail == "This is an encrypted document; accepted: documents without a password."


BROKEN = {
    "no main part": archive(content_types(MAIN["docx"])),
    "no content": open_document(b"text", main=b"other.xml"),
    "XML that ends early": archive(File(b"[Content_Types].xml", b"<Types>"), File(MAIN["docx"][0])),
    "XML in Latin 1": archive(
        File(b"[Content_Types].xml", b'<?xml version="1.0" encoding="iso-8859-1"?><Types a="\xe9"/>')
    ),
    "no XML": archive(File(b"[Content_Types].xml", b"\0\xff")),
    "a document type": archive(content_types(MAIN["docx"], before=b"<!DOCTYPE Types>"), File(MAIN["docx"][0])),
    "entities": archive(
        content_types(MAIN["docx"], before=b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'),
        File(MAIN["docx"][0]),
    ),
    "relationships that are no XML": open_xml("docx", File(b"_rels/.rels", b"<a>")),
    "relationships with a document type": open_xml("docx", File(b"_rels/.rels", b"<!DOCTYPE a><a/>")),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_broken_lists_are_refused(data):
    assert isinstance(refused(data), Corrupt)


NEEDLESS = {
    "nested without end": b"<a>" * 80_000,
    "elements without end": b"<r>" + b"<a/>" * 260_000 + b"</r>",
    "attributes without end": b"<r " + b" ".join(b'a%d=""' % number for number in range(260_000)) + b"/>",
    "spaces without end": b"<r>" + b" " * 16_000_000 + b"</r>",
}


@pytest.mark.parametrize("content", NEEDLESS.values(), ids=NEEDLESS)
def test_lists_that_cost_more_than_any_real_one_does_are_refused(content):
    ballast = File(b"ballast", bytes(range(256)) * 1000, method=0)
    assert isinstance(refused(open_xml("docx", ballast, File(b"_rels/.rels", content))), TooComplex)
    with suppress(Corrupt):  # spaces alone are within the limit, and name no document
        assert refused(archive(ballast, File(b"[Content_Types].xml", content))).code in (
            "too_complex",
            "type_not_allowed",
        )


def test_many_lists_share_one_limit():
    links = b"<r>" + b'<a b="c"/>' * 10_000 + b"</r>"
    files = [File(b"%d.rels" % number, links) for number in range(13)]
    verified(open_xml("xlsx", *files[:12]))
    assert isinstance(refused(open_xml("xlsx", *files)), TooComplex)


# --- as others make them --------------------------------------------------------------------------------------------


def picture() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(file, "PNG")
    file.seek(0)
    return file


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestRealDocuments:
    def test_word(self):
        docx = pytest.importorskip("docx")
        document = docx.Document()
        document.add_heading("Report")
        document.add_picture(picture())
        file = io.BytesIO()
        document.save(file)
        stored, inspection = verified(file.getvalue())
        assert inspection.media_type == DOCX
        assert docx.Document(io.BytesIO(stored)).paragraphs[0].text == "Report"
        assert len(docx.Document(io.BytesIO(stored)).inline_shapes) == 1

    def test_excel(self):
        openpyxl = pytest.importorskip("openpyxl")
        workbook = openpyxl.Workbook()
        for number in range(5_000):
            workbook.active.append([number, "the same again and again", number / 3])
        workbook.active["A1"].hyperlink = "https://example.org/"
        file = io.BytesIO()
        workbook.save(file)
        stored, inspection = verified(file.getvalue())
        assert inspection.media_type == XLSX
        assert openpyxl.load_workbook(io.BytesIO(stored)).active["A4000"].value == 3999

    def test_powerpoint_with_a_chart(self):
        pptx = pytest.importorskip("pptx")
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE

        presentation = pptx.Presentation()
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        numbers = CategoryChartData()
        numbers.categories = ["a", "b"]
        numbers.add_series("s", (1, 2))
        slide.shapes.add_chart(XL_CHART_TYPE.LINE, 0, 0, 99_999, 99_999, numbers)
        file = io.BytesIO()
        presentation.save(file)
        stored, inspection = verified(file.getvalue())
        assert inspection.media_type == PPTX
        assert pptx.Presentation(io.BytesIO(stored)).slides[0].shapes[1].has_chart


# --- whatever comes -------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_lists_are_a_refusal_or_a_document(garbage):
    types = content_types(MAIN["docx"])
    for data in (
        archive(File(b"[Content_Types].xml", garbage), File(MAIN["docx"][0])),
        archive(File(b"[Content_Types].xml", types.content[:-8] + garbage + b"</Types>"), File(MAIN["docx"][0])),
        archive(File(b"mimetype", garbage, method=0), File(b"content.xml")),
        open_xml("docx", File(b"x.rels", b"<a>" + garbage + b"</a>")),
        open_xml("docx", File(b"x.bin", garbage)),
    ):
        with suppress(Refusal):
            stored, first = verified(data)
            assert verified(stored)[0] == stored
            assert inspect(stored, DOCUMENTS).media_type == first.media_type


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@given(st.sampled_from([*WHOLE.values()]), st.data())
def test_a_flipped_byte_of_a_file_is_found(data, draw):
    """Not every field of a header counts, and there are other ways to compress the same."""
    damaged = bytearray(data)
    damaged[draw.draw(st.integers(0, len(data) - 1))] ^= draw.draw(st.integers(1, 255))
    with suppress(Refusal):
        stored, _ = verified(bytes(damaged))
        assert [*files_of(stored).values()] == [*files_of(data).values()]
