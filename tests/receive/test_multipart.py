"""The multipart scanner against Django's parser: whatever the form and however it is cut, they agree; and what is no
form is refused, with nothing left open."""

import base64
import io
import itertools
import os
import re
import time
import tracemalloc
from contextlib import suppress

import pytest
from django.http.multipartparser import MultiPartParser
from hypothesis import example, given
from hypothesis import strategies as st

from safelight import Policy, Upload
from safelight.errors import BadBase64, Malformed, Refusal, TooLarge
from safelight.policy import IMAGES
from safelight.receive.body import read_form
from safelight.receive.multipart import Field, FileBytes, FileDone, FilePart, MultipartScanner, boundary_of
from safelight.receive.part import read_head

BOUNDARY = b"BoundaRy"
END = b"\r\n--BoundaRy--\r\n"
FILE = b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'


def body_of(*parts: bytes) -> bytes:
    return b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + BOUNDARY + b"--\r\n"


def pieces(body, cuts=()):
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    return [body[start:end] for start, end in itertools.pairwise(edges)]


def scan(body, cuts=(), **limits):
    """Fields as (name, value) and files as (part, bytes), in the order in which they end."""
    scanner = MultipartScanner(BOUNDARY, **limits)
    found, files = [], []
    for piece in pieces(body, cuts):
        for event in scanner.feed(piece):
            match event:
                case Field():
                    found.append(tuple(event))
                case FilePart(part):
                    files.append((part, bytearray()))
                case FileBytes(data):
                    files[-1][1].extend(data)
                case FileDone():
                    found.append((files[-1][0], bytes(files[-1][1])))
    assert scanner.end() == []
    return found


def outcome(*arguments, **limits):
    try:
        return scan(*arguments, **limits)
    except Refusal:
        return Refusal


def files_of(body, cuts=()):
    return [(part.name, part.filename, data) for part, data in scan(body, cuts)]


# --- against Django ---------------------------------------------------------------------------------------------------


class InMemory:
    """The simplest of Django's upload handlers."""

    chunk_size = 64

    def handle_raw_input(self, *arguments):
        return None

    def new_file(self, name, filename, media_type, length, charset, extra):
        self.name, self.filename, self.media_type, self.data = name, filename, media_type, b""

    def receive_data_chunk(self, data, start):
        self.data += data

    def file_complete(self, size):
        return (self.filename, self.media_type, self.data)

    def upload_interrupted(self):
        """Django never completes a file whose field has the empty name."""

    def upload_complete(self):
        return None


def django(body):
    meta = {"CONTENT_TYPE": "multipart/form-data; boundary=BoundaRy", "CONTENT_LENGTH": str(len(body))}
    fields, files = MultiPartParser(meta, io.BytesIO(body), [InMemory()]).parse()
    return dict(fields.lists()), dict(files.lists())


def ours(body, cuts=()):
    fields, files = {}, {}
    for first, data in scan(body, cuts):
        if isinstance(first, str):
            fields.setdefault(first, []).append(data.decode("utf-8", "replace"))
        else:
            files.setdefault(first.name, []).append((first.filename, first.media_type, data))
    return fields, files


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\r\n"\\'), max_size=12)
contents = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--", b"\r\n--", b"Boundar", b"x", b"\0"]), max_size=30).map(
        b"".join
    ),
).filter(lambda data: b"--BoundaRy" not in data)


@st.composite
def parts(draw):
    name, filename = draw(names), draw(st.none() | names)
    claims = f'form-data; name="{name}"'
    if filename is not None:
        star = draw(st.booleans())
        encoded = "".join(f"%{byte:02X}" for byte in filename.encode())
        claims += f"; filename*=UTF-8''{encoded}" if star else f'; filename="{filename}"'
    lines = [
        draw(st.sampled_from(["Content-Disposition", "content-disposition", "CONTENT-DISPOSITION"])) + ": " + claims
    ]
    for header in ("Content-Type: image/PNG", "Content-Type: text/plain; charset=utf-8", "X-Other: 1; x=y", "nonsense"):
        if draw(st.booleans()):
            lines.insert(draw(st.integers(0, len(lines))), header)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + draw(contents)


cuts = st.lists(st.integers(0, 10_000), max_size=8)


@given(st.lists(parts(), max_size=6), cuts)
def test_any_form_cut_anywhere_is_what_django_says(forms, cuts):
    body = body_of(*forms)
    assert ours(body, cuts) == django(body)


@pytest.mark.parametrize(
    "claims",
    [
        'name="a"; filename="C:\\\\pictures\\\\x.jpg"',
        'name="a"; filename="../../etc/passwd"',
        'name="a"; filename="a&#233;&amp;.jpg"',
        'name="a"; filename="a\0\u202e.jpg"',
        'name="a"; filename="say \\"hi\\".jpg"',
        'name="a"; filename="a;b.jpg"',
        'name="a"; filename=""',
        'name="a"; filename=".."',
        'name="a"; filename="/"',
        "name=a; filename=b.jpg",
        'name="  a "; filename=b.jpg',
        'name="a\0b"',
        'name=""',
        'filename="b.jpg"',
        'name=""; filename="b.jpg"',
        'name="\u00a0"',
        'name="a"; filename="1.jpg"; filename="2.jpg"',
        'name="a"; filename="1.jpg"; filename*=UTF-8\'en\'%e2%82%ac.jpg',
        "name=\"a\"; filename*=iso-8859-1''%e9.jpg",
        "name=\"a\"; filename*0*=UTF-8''%c3; filename*1*=%a9.jpg",
        'name="a"; filename*=plain.jpg',
        "name*=UTF-8''%c3%a9",
        "NAME=a; FILENAME=b.jpg",
    ],
)
def test_claims_that_django_understands_in_its_own_way(claims):
    body = body_of(f"Content-Disposition: form-data; {claims}\r\n\r\nx".encode())
    assert ours(body) == django(body)


@pytest.mark.parametrize(
    "form",
    [
        b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=',
        b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nA',
        b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41',
        b'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"\r\n\r\nx',
        b"\r\nno headers",
        b"Content-Type: text/plain\r\n\r\nno name",
        b'Content-Disposition: form-data; name="a"\r\n\r\n\xff\xfe',
    ],
)
def test_parts_that_are_odd(form):
    body = body_of(form)
    assert ours(body) == django(body)


@pytest.mark.parametrize("name", ["base64", "BASE64"])
def test_the_name_of_an_encoding_has_no_case(name):
    """RFC 2045, section 6.1; not every Django knows."""
    head = f'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: {name}\r\n\r\n'
    assert ours(body_of(head.encode() + b"aGVs\r\nbG8=")) == ({"a": ["hello"]}, {})


# --- any split --------------------------------------------------------------------------------------------------------

tokens = [b"\r\n--BoundaRy", b"--", b"\r\n", b"\n", b"\r", b" ", b"X", b"Content-Disposition: form-data; name=a"]
tokens += [b"; filename=b", b"\r\n\r\n", b"--BoundaRy", FILE, b"\r\n--BoundaRy\r\n", END]
bodies = st.lists(st.sampled_from(tokens), max_size=16).map(b"".join)


@given(bodies | st.lists(parts(), max_size=4).map(lambda forms: body_of(*forms)), cuts)
@example(b"--BoundaRy\r\n" + FILE + b"\r\n--BoundaRyX" + END, [30])
def test_any_bytes_cut_anywhere_are_the_same_form_or_refused(body, cuts):
    whole = outcome(body)
    assert outcome(body, cuts) == whole
    assert outcome(body, range(len(body))) == whole


@given(st.lists(parts(), min_size=1, max_size=3), st.data())
def test_every_form_that_is_cut_short_is_refused(forms, data):
    body = body_of(*forms)
    with pytest.raises(Malformed):
        scan(body[: data.draw(st.integers(0, len(body) - 5))])  # from --\r\n on it is whole


@given(st.binary(max_size=200))
def test_any_head_is_claims_or_malformed(head):
    for raw in (head, b"Content-Disposition: form-data; name=a; filename*" + head):
        with suppress(Malformed):
            read_head(raw)


# --- where a part ends ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n--BoundaRyX",
        b"x--BoundaRy\r\n",
        b"x--BoundaRy--\r\n",
        b"\r\n--Boundar",
        b"\r\n--BoundaRy-",
        b"\r\n--boundary\r\n",
        b"\r\n-BoundaRy--\r\n",
        b"\r\n" * 9,
        b"\r",
        b"\r\r",
        b"\n",
        b"",
    ],
)
def test_only_a_line_of_its_own_is_a_boundary(data):
    for rest in (data, data + b" and more than fits on the line of a boundary" * 3):
        body = b"--BoundaRy\r\n" + FILE + rest + END
        assert files_of(body) == files_of(body, range(len(body))) == [("file", "a.jpg", rest)]


def test_what_is_around_the_parts_is_ignored_within_bounds():
    body = body_of(FILE + b"data")
    for before, after in ((b"preamble\r\n", b"epilogue"), (b"\r\n", body), (b"--BoundaRyX\r\n", b"--BoundaRy\r\n")):
        assert files_of(before + body + after) == [("file", "a.jpg", b"data")]
    for before, after in ((bytes(1_100_000) + b"\r\n", b""), (b"", bytes(1_100_000))):
        with pytest.raises(Malformed):
            scan(before + body + after)


@pytest.mark.parametrize("garbage", [b"x", b"-", b"\0", b"garbage\r\n"])
def test_a_last_boundary_with_something_on_its_line_cuts_no_file_short(garbage):
    body = b"--BoundaRy\r\n" + FILE + b"data\r\n--BoundaRy--" + garbage + b"more data" + END
    for cuts in ((), range(len(body))):
        with pytest.raises(Malformed):
            files_of(body, cuts)


def test_white_space_behind_a_boundary():
    body = b"--BoundaRy \t \r\n" + FILE + b"data\r\n--BoundaRy--   "
    assert files_of(body) == [("file", "a.jpg", b"data")]


@pytest.mark.parametrize("line_end", [b"\n", b"\r"])
def test_lines_that_do_not_end_in_cr_lf_are_refused(line_end):
    with pytest.raises(Malformed):
        scan(body_of(FILE + b"data").replace(b"\r\n", line_end))


def test_but_a_boundary_may_follow_a_bare_line_feed():
    assert files_of(b"--BoundaRy\r\n" + FILE + b"data\n--BoundaRy--") == [("file", "a.jpg", b"data")]


def test_a_part_without_content_or_even_an_empty_line():
    head = b'Content-Disposition: form-data; name="a"\r\n'
    assert scan(b"--BoundaRy\r\n" + head + END) == [("a", b"")]
    with pytest.raises(Malformed):
        scan(b"--BoundaRy\r\n" + head + b"\r\n".join([b"--BoundaRy", FILE]) + END)


def test_many_parts_of_one_name_keep_their_order():
    form = [b'Content-Disposition: form-data; name="a"\r\n\r\n%d' % number for number in range(3000)]
    assert scan(body_of(*form), range(0, 200_000, 1000)) == [("a", b"%d" % number) for number in range(3000)]


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('multipart/form-data; charset=utf-8; boundary="a b=c"', b"a b=c"),
        ("Multipart/Form-Data; BOUNDARY=" + "x" * 200, b"x" * 200),
    ],
)
def test_boundaries(content_type, boundary):
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "content_type",
    ["", "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="a "', "text/plain; "
     "boundary=a", "multipart/form-data; boundary=\u00e9", "multipart/form-data; boundary=" + "x" * 202,
     "multipart/form-data; boundary*=zlib''a", "multipart/form-data; boundary*0=a; boundary*=b"],
)  # fmt: skip
def test_what_is_no_boundary(content_type):
    with pytest.raises(Malformed):
        boundary_of(content_type)


# --- limits -----------------------------------------------------------------------------------------------------------


def test_fields_are_bounded_together_and_files_are_not():
    field = b'Content-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 47
    body = body_of(field, FILE + bytes(10_000), field)
    assert len(scan(body, limit=100)) == 3
    for cuts in ((), range(len(body))):
        with pytest.raises(TooLarge) as refusal:
            scan(body, cuts, limit=99)
    assert refusal.value.numbers["limit"] == 99


def test_the_numbers_of_fields_and_files_are_bounded():
    field, nameless = b'Content-Disposition: form-data; name="a"\r\n\r\n', b"X: y\r\n\r\n"
    assert len(scan(body_of(field, nameless, FILE, FILE), max_fields=2, max_files=2)) == 3
    for limits in ({"max_fields": 1}, {"max_files": 1}):
        with pytest.raises(Malformed, match="more than 1"):
            scan(body_of(field, nameless, FILE, FILE), **limits)


def test_headers_are_bounded():
    padding = b"X: " + b"x" * 1200 + b"\r\n"
    for form in (padding + FILE, FILE[:-2] + padding + b"\r\n", b"x" * 5000):
        with pytest.raises(Malformed):
            scan(body_of(form))


@pytest.mark.parametrize(
    "token",
    [b"\r\n--BoundaRyX", b"\r\n--BoundaRy ", b"\r\n--Boundar", b"\r\n", b"\r", b"--BoundaRy", b"\r\n--BoundaRy\r\n"],
)
def test_hostile_bodies_take_linear_time(token):
    """Ten megabytes of what each looks like a boundary for a while, in pieces that are cut in the middle of it."""
    body = b"--BoundaRy\r\n" + FILE + token * (10_000_000 // len(token)) + END
    started = time.process_time()
    outcome(body, range(0, len(body), 10_007), max_fields=1000)
    assert time.process_time() - started < 5  # takes a tenth of it


def test_a_large_file_takes_no_memory():
    chunk = os.urandom(1 << 20)
    scanner = MultipartScanner(BOUNDARY)
    scanner.feed(b"--BoundaRy\r\n" + FILE)
    tracemalloc.start()
    try:
        received = 0
        for _ in range(64):
            for event in scanner.feed(chunk):
                received += len(event.data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert received > 64 * len(chunk) - 100
    assert most < 3_000_000


# --- the whole form ---------------------------------------------------------------------------------------------------

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
