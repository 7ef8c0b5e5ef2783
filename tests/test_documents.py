"""Documents and any files at all, from the outside: what becomes of each, and that nothing of it can run."""

import io
import string
from contextlib import suppress
from dataclasses import replace

import pytest
from tests.document_files import open_xml, pdf
from tests.judge import ITEMS, read
from tests.pictures import photo, png

from safelight import DOCUMENTS, FILES, IMAGES, Blob, Policy, Upload
from safelight.deliver import deliver, disposition
from safelight.errors import Corrupt, TooComplex, TypeNotAllowed
from safelight.policy import CSV, DOCX, EXTENSIONS, PDF, TEXT
from safelight.testing import memory_safelight

PAPERS = Policy("papers", types=DOCUMENTS)
ATTACHMENTS = Policy("attachments", types=FILES)


def accepted(data: bytes, policy: Policy, name: str = "") -> tuple[Blob, bytes, dict[str, str]]:
    """The blob, what is stored of it, and under which headers it comes back."""
    safelight = memory_safelight()
    blob = safelight.accept(Upload(io.BytesIO(data), filename=name), policy)
    delivery = deliver(blob.key, safelight.ledger, safelight.storages)
    stored = b"".join(delivery.body)
    delivery.body.close()
    assert safelight.storages["default"].files == {blob.key: stored}
    return blob, stored, delivery.headers


def is_a_download(headers: dict[str, str]) -> bool:
    return (
        headers["Content-Disposition"].split(";")[0] == "attachment"
        and headers["X-Content-Type-Options"] == "nosniff"
        and "sandbox" in headers["Content-Security-Policy"]
    )


@pytest.mark.parametrize(
    ("data", "media_type"), [(pdf(), PDF), (open_xml("docx"), DOCX), (b"hello", TEXT), (b"a,b\n1,2\n", CSV)]
)
def test_a_document_becomes_a_blob(data, media_type):
    blob, stored, headers = accepted(data, PAPERS, "x")
    assert (blob.media_type, blob.width, blob.height, blob.size) == (media_type, None, None, len(stored))
    assert blob.key.endswith("." + EXTENSIONS[media_type])
    assert not blob.as_sent
    assert headers["Content-Type"] == media_type
    assert headers["Content-Disposition"] == f"attachment; filename*=UTF-8''x.{EXTENSIONS[media_type]}"
    assert is_a_download(headers)


def test_a_file_becomes_a_blob():
    blob, stored, headers = accepted(photo() + b"<script>", ATTACHMENTS, "page.html")
    assert stored == photo() + b"<script>"
    assert (blob.media_type, blob.width, blob.height) == ("image/jpeg", None, None)
    assert blob.key.endswith(".bin")
    assert blob.as_sent
    assert is_a_download(headers)
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''page.html"


def test_pictures_beside_documents_are_pictures():
    policy = Policy("mixed", types=IMAGES | DOCUMENTS)
    blob, _, headers = accepted(photo(), policy, "x")
    assert (blob.width, blob.height) == (37, 23)
    assert headers["Content-Disposition"] == "inline; filename*=UTF-8''x"
    assert accepted(pdf(), policy)[0].media_type == PDF


def test_the_refusal_is_a_short_list_of_names():
    with pytest.raises(TypeNotAllowed) as refusal:
        accepted(b"\x7fELF", PAPERS)
    assert refusal.value.detail == (
        "This is a program; accepted: CSV, Excel (xlsx), ODP, ODS, ODT, PDF, PowerPoint (pptx), Word (docx) and "
        "plain text."
    )


SAVED_AS = [
    (TEXT, "run.bat", "run.bat.txt"),
    (TEXT, "script.js", "script.js.txt"),
    (TEXT, "notes.TXT", "notes.TXT"),
    (TEXT, "error.log", "error.log"),
    (TEXT, "README.md", "README.md"),
    (TEXT, "txt", "txt.txt"),
    (CSV, "list", "list.csv"),
    (CSV, "list.txt", "list.txt"),
    (PDF, "invoice.pdf.exe", "invoice.pdf.exe.pdf"),
    (PDF, "invoice.Pdf", "invoice.Pdf"),
    (DOCX, "letter.docm", "letter.docm.docx"),
]


@pytest.mark.parametrize(("media_type", "name", "saved"), SAVED_AS)
def test_a_document_is_saved_under_a_name_that_says_what_it_is(media_type, name, saved):
    blob = Blob(f"a/b.{EXTENSIONS[media_type]}", "default", media_type, 1, "ab" * 32, filename=name)
    assert disposition(blob) == f"attachment; filename*=UTF-8''{saved}"


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["file"])
def test_of_the_corpus_only_texts_are_documents_and_every_file_is_a_download(item):
    data = read(item)
    with suppress(TypeNotAllowed, Corrupt, TooComplex):
        blob, stored, headers = accepted(data, PAPERS, item["upload_name"])
        assert (blob.media_type, blob.key[-4:]) in ((TEXT, ".txt"), (CSV, ".csv"))
        assert (stored, is_a_download(headers)) == (data, True)
        assert set(data.decode()) <= {*string.printable}
    blob, stored, headers = accepted(data, ATTACHMENTS, item["upload_name"])
    assert (stored, blob.key[-4:], is_a_download(headers)) == (data, ".bin", True)


def test_nothing_is_decoded_of_what_is_kept_as_it_was_sent():
    accepted(b"GIF89a" + bytes(100), replace(ATTACHMENTS, decode="strict"), "a.gif")
    blob, stored, _ = accepted(png(), replace(ATTACHMENTS, decode="strict"), "a.png")
    assert (stored, blob.width) == (png(), None)
