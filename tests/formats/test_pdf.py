"""PDF: whole to its last end marker, with nothing behind it, and nothing in it that runs."""

import io
import shutil
import struct
import subprocess
import zlib
from contextlib import suppress

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.document_files import CATALOG, ending, object_stream, pdf, pdf_with_streams, stream, verified
from tests.pictures import joined

from safelight.errors import Corrupt, Refusal, TooComplex, TypeNotAllowed
from safelight.formats import FileBuffer, inspect, verify
from safelight.policy import IMAGES, PDF

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        verified(data, {PDF})
    return refusal.value


def made_by_qpdf(change=lambda document: None, source: bytes = b"", **options) -> bytes:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(source or pdf())) as document:
        change(document)
        document.save(file, **options)
    return file.getvalue()


def updated(data: bytes, content: bytes = CATALOG) -> bytes:
    """With an incremental update (ISO 32000-2, 7.5.6): the first object anew, behind all that was there."""
    previous = int(data.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    at = len(data)
    data += b"1 0 obj\n%s\nendobj\n" % content
    table = b"xref\n0 1\n0000000000 65535 f \n1 1\n%010d 00000 n \n" % at
    return data + table + b"trailer\n<</Size 4/Root 1 0 R/Prev %d>>\n" % previous + ending(len(data))


def scanned() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (200, 300), "white").save(file, "PDF", save_all=True, append_images=[Image.new("L", (200, 300))])
    return file.getvalue()


GENERATE = pikepdf.ObjectStreamMode.generate
WHOLE = {
    "table": pdf(),
    "streams": pdf_with_streams(),
    "of PDF 2.0": pdf(header=b"%PDF-2.0\n"),
    "without a line of binary": pdf(header=b"%PDF-1.1\r"),
    "updated": updated(pdf()),
    "updated twice": updated(updated(pdf())),
    "lines of a Macintosh": pdf().replace(b"\n", b"\r"),
    "object streams": pdf_with_streams(object_stream(b"<</A 1>>", b"<</B(/JavaScriptless)>>")),
    "an object stream that is encrypted": pdf_with_streams(stream(b"\x80garbage", b"/Type/ObjStm/Filter/FlateDecode")),
    "a link to a page about JavaScript": pdf(b"<</S/URI/URI(https://example.org/docs/Web/JavaScript/Guide)>>"),
    "by qpdf": made_by_qpdf(),
    "by qpdf, linearized": made_by_qpdf(linearize=True),
    "by qpdf, with object streams": made_by_qpdf(object_stream_mode=GENERATE),
    "by qpdf, encrypted": made_by_qpdf(encryption=pikepdf.Encryption(owner="a", user="b")),
    "by qpdf, linearized and updated": updated(made_by_qpdf(linearize=True)),
    "by a scanner": scanned(),
}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_a_document_stays_as_it_is(data):
    stored, inspection = verified(data)
    assert stored == data
    assert (inspection.media_type, inspection.extension, inspection.removed) == (PDF, "pdf", ())
    assert (inspection.width, inspection.height, inspection.pixels) == (None, None, 0)


def test_a_page_printed_by_a_browser(tmp_path):
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("Chromium is not installed")
    page, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text('<h1>Hello</h1><a href="https://developer.mozilla.org/docs/Web/JavaScript/Guide">JavaScript</a>')
    options = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        f"--print-to-pdf={printed}",
    )
    subprocess.run([chromium, *options, page.as_uri()], check=True, capture_output=True, timeout=120)
    stored, inspection = verified(printed.read_bytes())
    assert (stored, inspection.removed) == (printed.read_bytes(), ())
    with pikepdf.open(io.BytesIO(stored)) as document:
        assert len(document.pages) == 1


@pytest.mark.parametrize(
    "tail", [b"\n", b"\0" * 100, b"<html><script>", b"PK\3\4" + bytes(3_000_000), b"%%EOF", b"startxref\n9"]
)
@pytest.mark.parametrize("name", ["table", "streams", "updated", "by qpdf, linearized", "by qpdf, encrypted"])
def test_what_follows_the_end_is_left_out(name, tail):
    stored, inspection = verified(WHOLE[name] + tail)
    assert stored == WHOLE[name]
    assert inspection.removed == (("data after the end", len(tail)),)


def test_an_end_marker_behind_the_end_has_to_be_true():
    """Whoever appends one that points into the document has made a revision of it, and that one is looked at."""
    data = pdf()
    assert isinstance(refused(data + b"junk" + ending(3)), Corrupt)
    stored, _ = verified(data + b"junk" + ending(data.index(b"xref\n")) + b"more")
    assert stored == data + b"junk" + ending(data.index(b"xref\n"))


@pytest.mark.parametrize("name", ["table", "streams", "by qpdf, linearized", "by qpdf, with object streams"])
def test_cut_anywhere_it_is_refused(name):
    data = WHOLE[name]
    for length in range(len(data) - 1):  # the last is the end of a line
        assert refused(data[:length]).code in ("corrupt", "type_not_allowed"), length


def test_an_update_that_is_cut_off_leaves_the_document_before_it():
    data, newer = pdf(), updated(pdf())
    for length in range(len(data), len(newer) - 1):
        assert verified(newer[:length])[0] == data


def test_a_linearized_document_says_how_long_it_is():
    data = made_by_qpdf(linearize=True)
    assert b"startxref\n0\n%%EOF" in data[:2000]
    first_page_only = data[: data.index(b"%%EOF") + 6].replace(b"startxref\n0\n", ending(data.index(b"xref"))[:-6])
    assert "cut short" in refused(first_page_only).detail


BROKEN = {
    "no version": pdf(header=b"%PDF-x.y\n"),
    "no end marker": pdf()[:-7],
    "no cross-references": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "cross-references elsewhere": pdf().rsplit(b"startxref", 1)[0] + ending(20),
    "cross-references at the very beginning": pdf().rsplit(b"startxref", 1)[0] + ending(0),
    "cross-references behind the end": pdf().rsplit(b"startxref", 1)[0] + ending(99_999),
    "no root": pdf(trailer=b""),
    "a root that is none": pdf(trailer=b"/Root(1 0 R)"),
    "no trailer": pdf().replace(b"trailer", b"tailor "),
    "a table of words": pdf().replace(b"65535 f", b"65535 x"),
    "a stream without root": pdf_with_streams(root=b""),
    "a stream of another type": pdf_with_streams(kind=b"/Type/XObject"),
    "a stream of another length": pdf_with_streams(
        table=stream(b"x" * 9, b"/Type/XRef/Root 1 0 R").replace(b"9", b"7")
    ),
    "a stream without length": pdf_with_streams(table=b"<</Type/XRef/Root 1 0 R>>\nstream\nx\nendstream"),
    "a picture": b"%PDF-1.4\n\xff\xd8\xff\xe0" + bytes(300),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_structure_is_refused(data):
    assert isinstance(refused(data), Corrupt)


def test_what_does_not_begin_as_a_pdf_is_none():
    assert isinstance(refused(b"\n" + pdf()), TypeNotAllowed)
    with pytest.raises(TypeNotAllowed, match="This is a PDF document; accepted: JPEG"):
        inspect(pdf(), IMAGES & {"image/jpeg"})


ACTIVE = {
    "JavaScript": [
        SCRIPT,
        b"<</S /JavaScript >>",
        b"<</S%/JavaScriptly\n/JavaScript/JS 5 0 R>>",
        b"<</S/J#61vaScript/JS()>>",
        b"<</S/#4a#61#76#61#53#63#72#69#70#74/JS()>>",
        b"<</S/#4A#61v#61Script>>",
        b"/JavaScript",
        b"<</Names<</JavaScript 5 0 R>>>>",
        b"<</X://a/S/JavaScript>>",
        b"/OpenAction<</Foo://a/b/#53/JavaScript/JS(app.alert(1))>>",
        b"<</X(https://a/)/JavaScript 5 0 R>>",
        b"<</X(https://a/)/S#2f/JavaScript/JS()>>",
        b"(https://a/<</S/JavaScript>>",
        b"%(https://a/\n/JavaScript",
        stream(b"/JavaScript "),
    ],
    "a command to launch a program": [
        b"<</S/Launch/F(calc.exe)>>",
        b"/OpenAction<</Foo://a/b/#53/Launch/F(cmd.exe)>>",
        b"<</S/L#61unch/Win<<>>>>",
    ],
    "an embedded file": [
        stream(b"MZ", b"/Type/EmbeddedFile"),
        b"<</Names<</EmbeddedFiles 5 0 R>>>>",
        b"/Names<</Foo://a/b/EmbeddedFiles 5 0 R>>",
        b"<</Type/Annot/Subtype/FileAttachment/FS 5 0 R>>",
    ],
    "embedded media": [b"<</Type/Annot/Subtype/RichMedia>>", b"<</S/Rendition/JS(x)>>"],
    "an XFA form": [b"<</AcroForm<</XFA 5 0 R>>>>"],
}
ACTIVE_PAIRS = [(what, content) for what, contents in ACTIVE.items() for content in contents]


@pytest.mark.parametrize(("what", "content"), ACTIVE_PAIRS)
def test_active_content_is_refused_by_name(what, content):
    for data in (pdf(content), pdf_with_streams(content), updated(pdf(), content), pdf(b"x" * 3_000_000, content)):
        assert refused(data).detail == (
            f"This is a PDF document with {what}; accepted: documents without active content. "
            "Print it into a new PDF first."
        )


@pytest.mark.parametrize(("what", "content"), [pair for pair in ACTIVE_PAIRS if b"stream" not in pair[1]])
def test_active_content_in_an_object_stream_is_refused_by_name(what, content):
    for hidden in (object_stream(content), object_stream(b"<</A 1>>", *[b"(x)"] * 5_000, content)):
        assert refused(pdf_with_streams(hidden)).numbers["found"] == f"a PDF document with {what}"


@pytest.mark.parametrize("offset", range(-20, 3))
def test_a_name_is_found_where_two_pieces_meet(offset):
    for size in (1 << 20, 1 << 21):
        filling = size + offset - len(pdf(b"").split(b"4 0 obj")[0]) - len(b"4 0 obj\n")
        data = pdf(b" " * filling + SCRIPT)
        assert abs(data.index(b"/JavaScript") - size) < 30
        assert refused(data).numbers["found"] == "a PDF document with JavaScript"


def by_a_writer(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))


def attach(document: pikepdf.Pdf) -> None:
    document.attachments["x.txt"] = b"hello"


@pytest.mark.parametrize("options", [{}, {"object_stream_mode": GENERATE}, {"linearize": True}])
@pytest.mark.parametrize(("change", "what"), [(by_a_writer, "JavaScript"), (attach, "an embedded file")])
def test_active_content_as_others_write_it(change, what, options):
    assert refused(made_by_qpdf(change, **options)).numbers["found"] == f"a PDF document with {what}"


HARMLESS = [
    b"<</S/GoTo/D[3 0 R/Fit]>>",
    b"(What /JavaScripts and Launch are)",
    b"<</URI(http://example.org/Launch/x)/S/URI>>",
    b"<</URI(ftp://example.org/S/JavaScript/x?y=z)/S/URI>>",
    b"<</BaseFont/JavaScript#20Sans>>",
    stream(bytes(range(256)) * 100),
    b"/ObjStm",
    b"<</Type/ObjStm>>",
]


@pytest.mark.parametrize("content", HARMLESS)
def test_what_only_resembles_it_is_not(content):
    verified(pdf(content))


class TestNeedlessWork:
    def test_object_streams_that_unpack_to_far_too_much(self):
        bomb = object_stream(bytes(1_000_000))
        verified(pdf_with_streams(bomb))
        assert "unpack to more than 100 MB" in refused(pdf_with_streams(*[bomb] * 101)).detail

    def test_too_many_object_streams(self):
        assert isinstance(refused(pdf(b"/ObjStm stream\n" * 20_001)), TooComplex)

    def test_object_streams_inside_of_each_other(self):
        """Each is a piece of stored data that ends with the beginning of the next: all of them hold all that follow."""
        beginning = b"/ObjStm stream\n" + zlib.compress(b"")[:2]
        block = b"\0" + struct.pack("<2H", 5_000, 0xFFFF - 5_000) + beginning.rjust(5_000, b"x")
        verified(pdf(stream(block)))
        assert "overlap" in refused(pdf(stream(block * 300))).detail

    def test_addresses_without_end(self):
        assert isinstance(refused(pdf(b"(https://x/JavaScript/)" * 1_001)), TypeNotAllowed)
        verified(pdf(b"(https://x/JavaScript/)" * 900))

    def test_end_markers_without_end(self):
        assert isinstance(refused(b"%PDF-1.4\n" + b"startxref 0 %%EO" * 300_000), Corrupt)


def test_a_file_is_read_in_pieces(tmp_path):
    path = tmp_path / "x.pdf"
    data = pdf_with_streams(b"x" * 3_000_000, object_stream(b"<</A 1>>")) + b"tail" * 500_000
    path.write_bytes(data)
    with path.open("rb") as file:
        buffer = FileBuffer(file, len(data))
        inspection = inspect(buffer, {PDF})
        verify(buffer, inspection)
        assert joined(buffer, inspection.parts) == data[:-2_000_000]


# --- whatever comes -------------------------------------------------------------------------------------------------

objects = st.lists(st.binary(max_size=60).filter(lambda content: b"/" not in content), max_size=5)


@given(objects, st.booleans(), st.binary(max_size=20))
def test_any_objects_stay_and_what_follows_goes(contents, streams, tail):
    data = (pdf_with_streams if streams else pdf)(*contents)
    stored, inspection = verified(data + tail)
    assert stored == data
    assert sum(size for _, size in inspection.removed) == len(tail)


@given(st.sampled_from([*WHOLE.values()]), st.data())
def test_damaged_it_is_refused_or_stays_as_it_is(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    with suppress(Refusal):
        stored, _ = verified(bytes(damaged), {PDF})
        again, inspection = verified(stored, {PDF})
        assert (again, inspection.removed) == (stored, ())


@given(st.binary(max_size=200))
def test_garbage_is_a_refusal_or_a_document(garbage):
    table = pdf().index(b"xref")
    for data in (
        b"%PDF-1.7\n" + garbage,
        b"%PDF-1.7\n" + garbage + ending(9),
        b"%PDF-1.7\n" + b"xref" + garbage + b"trailer<</Root 1 0 R>>" + ending(9),
        b"%PDF-1.7\n" + b"1 0 obj" + garbage + b"endstream" + ending(9),
        pdf()[:table] + garbage + pdf()[table:],
        pdf_with_streams(stream(garbage, b"/Type/ObjStm")),
        pdf_with_streams(stream(zlib.compress(garbage)[:-1], b"/Type/ObjStm")),
    ):
        with suppress(Refusal):
            verified(data, {PDF})
