"""Whole forms: files go where their policy says, and a refusal leaves nothing open."""

import base64
import io
import os
import re

import pytest
from tests.receive.multipart_bodies import BOUNDARY, FILE, body_of, scan

from safelight import Policy, Upload
from safelight.errors import BadBase64, Malformed, TooLarge
from safelight.policy import IMAGES
from safelight.receive.body import read_form
from safelight.receive.multipart import MultipartScanner

POLICIES = {("file",): Policy("small", types=IMAGES, max_bytes=1000)}


class Kept(io.BytesIO):
    """Receives what has no policy."""

    def __init__(self, part):
        super().__init__()
        self.part = part

    def finish(self):
        return self


class Wrapped:
    def __init__(self, upload):
        self.upload = upload

    def close(self):
        self.upload.content.close()


def receive(*forms, size=1000, wrap=Wrapped, others=Kept, **options):
    body = body_of(*forms)
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return read_form(chunks, MultipartScanner(BOUNDARY), POLICIES, wrap, others, **options)


def open_files():
    return len(os.listdir("/proc/self/fd"))


OTHER = FILE.replace(b'"file"', b'"other"')
FIELD = b'Content-Disposition: form-data; name="file"\r\n\r\n'
BASE64 = b"Content-Transfer-Encoding: base64\r\n"


def test_files_go_where_their_policy_says_and_fields_stay_text():
    form = receive(
        FIELD + b"\xc3\xa9\xff", FILE[:-2] + b"Content-Type: image/PNG\r\n\r\n" + b"x" * 999, OTHER + bytes(5000)
    )
    assert form.fields == [("file", "\u00e9\ufffd")]
    (name, file), (other_name, other) = form.files
    assert (other_name, other.part.filename, other.getvalue()) == ("other", "a.jpg", bytes(5000))
    assert (name, file.upload.filename, file.upload.media_type, file.upload.size) == ("file", "a.jpg", "image/png", 999)
    file.upload.content.seek(0)
    assert file.upload.content.read() == b"x" * 999
    file.close()


def test_the_encoding_is_that_of_the_values():
    assert receive(FIELD + b"\xe9", encoding="latin-1").fields == [("file", "\u00e9")]
    with pytest.raises(Malformed):
        receive(FIELD, encoding="zlib")


def test_parts_in_base64_are_decoded():
    data = os.urandom(700)
    text = base64.encodebytes(data).replace(b"\n", b"\r\n")
    for size in (1, 7, 1000):
        form = receive(BASE64 + FILE + text, BASE64 + OTHER + text, size=size)
        assert isinstance(form.files[0][1].upload, Upload)
        form.files[0][1].upload.content.seek(0)
        assert form.files[0][1].upload.content.read() == form.files[1][1].getvalue() == data
        form.files[0][1].close()


@pytest.mark.parametrize(
    ("last", "refusal", "path"),
    [
        (FILE + bytes(1001), TooLarge, ("file",)),
        (BASE64 + FILE + b"AAAA" * 500, TooLarge, ("file",)),
        (BASE64 + FILE + b"A", BadBase64, ("file",)),
        (BASE64 + OTHER + b"<<<<", BadBase64, ("other",)),
        (BASE64 + FILE + b"\r\n" * 200_000, Malformed, ("file",)),
        (FILE + b"x\n--BoundaRy\nx", Malformed, ()),
        (b"x" * 2000, Malformed, ()),
    ],
)
def test_a_refusal_says_where_and_leaves_nothing_open(last, refusal, path):
    before, made = open_files(), []

    def noted(make):
        return lambda what: made.append(make(what)) or made[-1]

    with pytest.raises(refusal) as error:
        receive(FILE + b"x", OTHER + b"x", last, size=50, wrap=noted(Wrapped), others=noted(Kept))
    assert error.value.path == path
    assert made[0].upload.content.closed
    assert all(file.closed for file in made[1:])
    assert open_files() == before


def test_a_file_that_cannot_be_wrapped_is_closed():
    before = open_files()
    with pytest.raises(ZeroDivisionError):
        receive(FILE + b"x", wrap=lambda upload: 1 / 0)
    assert open_files() == before


def test_a_connection_that_breaks_leaves_nothing_open():
    def broken():
        yield b"--BoundaRy\r\n" + FILE + b"x"
        raise OSError("gone")

    before = open_files()
    with pytest.raises(OSError, match="gone"):
        read_form(broken(), MultipartScanner(BOUNDARY), POLICIES, Wrapped, Kept)
    assert open_files() == before


def test_an_encoding_of_a_name_that_no_client_has_reason_to_send():
    for charset in ("zlib", "punycode", "undefined", "no-such", "x" * 400):
        with pytest.raises(Malformed, match=re.escape(charset[:40])):
            scan(body_of(f"Content-Disposition: form-data; name=a; filename*={charset}''b\r\n\r\n".encode()))
