"""Multipart bodies of whatever kind, cut anywhere: they are what Django finds in them, or refused."""

import io
from contextlib import suppress

import pytest
from django.http.multipartparser import MultiPartParser
from hypothesis import example, given
from hypothesis import strategies as st
from tests.receive.multipart_bodies import END, FILE, body_of, outcome, scan

from safelight.errors import Malformed
from safelight.receive.part import read_head

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
