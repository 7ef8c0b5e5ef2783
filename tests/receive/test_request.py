"""A whole request: each encoding comes to the same, in whatever pieces it comes, and nothing is left open."""

import base64
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pictures import photo, png

from safelight import MB, Policy, Refusal
from safelight.errors import BadDataUrl, BadType, Malformed, TooLarge
from safelight.receive import Spool, receive
from safelight.receive.request import Received, pieces, read_request

PHOTO = photo((120, 90))
SMALL = png(4, 3)
POLICIES = {("picture",): Policy("pictures", max_bytes=1 * MB)}


def encoded(encoding: str, data: bytes) -> tuple[str, bytes]:
    text = base64.b64encode(data)
    if encoding == "json":
        return "application/json", b'{"title": "x", "picture": "data:image/png;base64,' + text + b'"}'
    if encoding == "problem+json":
        return "application/merge-patch+json; charset=utf-16", f'{{"picture": "{text.decode()}"}}'.encode("utf-16")
    if encoding == "form":
        return "application/x-www-form-urlencoded", b"title=x&picture=" + text.replace(b"+", b"%2B")
    if encoding == "multipart":
        part = b'--B\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
        return "multipart/form-data; boundary=B", part + data + b"\r\n--B--\r\n"
    return "image/png", data


def read(content_type: str, body: bytes, step: int = 1 << 20, policies: dict = POLICIES, **options: object) -> Received:
    chunks = (body[at : at + step] for at in range(0, len(body), step))
    return read_request(chunks, content_type, policies, **options)  # type: ignore[arg-type]


def content(received: Received) -> bytes:
    ((_, upload),) = received.files
    with receive(upload, 1 * MB) as spool:
        return spool.open().read()


@given(
    st.sampled_from(["json", "problem+json", "form", "multipart", "raw"]),
    st.sampled_from([PHOTO, SMALL]),
    st.integers(1, 9000),
)
def test_every_encoding_in_any_pieces(encoding: str, data: bytes, step: int) -> None:
    received = read(*encoded(encoding, data), step)
    assert [path for path, _ in received.files] == [("picture",)]
    assert content(received) == data
    upload = received.files[0][1]
    if encoding in ("json", "problem+json"):
        assert received.document["picture"] is upload
        assert received.fields is None
    elif encoding != "raw":
        assert dict(received.fields or ())["picture"] is upload
    received.close()
    assert upload.content.closed


class TestPlaces:
    def test_patterns_and_what_is_left_alone(self) -> None:
        text = base64.b64encode(SMALL).decode()
        policies = {("a", "[]", "*"): POLICIES["picture",]}
        body = f'{{"a": [{{"x": "{text}", "y": null}}, {{}}, "{text}"], "b": {{"x": "{text}"}}, "c": 1}}'.encode()
        received = read("application/json", body, policies=policies)
        assert [path for path, _ in received.files] == [("a", 0, "x")]
        assert received.document["a"][1:] == [{}, text]
        assert received.document["b"] == {"x": text}
        received.close()

    def test_several_files_of_one_field(self) -> None:
        part = b'--B\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n' + SMALL + b"\r\n"
        received = read("multipart/form-data; boundary=B", part * 3 + b"--B--\r\n")
        assert [path for path, _ in received.files] == [("picture",)] * 3
        received.close()

    @pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"{}", b'{"picture": ""}', b'{"picture": null}'])
    def test_no_file(self, body: bytes) -> None:
        assert read("application/json", body).files == ()

    def test_the_name_of_a_body_that_is_the_file(self) -> None:
        received = read("image/png", SMALL, disposition="attachment; filename*=UTF-8''%E2%82%AC.png")
        assert received.files[0][1].filename == "€.png"
        received.close()
        assert read("image/png", b"").files == ()


class TestRefused:
    @pytest.fixture
    def spools(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Spool]]:
        made: list[Spool] = []
        init = Spool.__init__

        def remember(spool: Spool, max_bytes: int) -> None:
            init(spool, max_bytes)
            made.append(spool)

        monkeypatch.setattr(Spool, "__init__", remember)
        yield made
        assert all(spool.closed for spool in made)

    @pytest.mark.parametrize(
        ("content_type", "body", "refusal", "path"),
        [
            ("application/json", b'{"picture": 5}', BadType, ("picture",)),
            ("application/json", b'{"picture": "ftp://x"}', BadDataUrl, ("picture",)),
            ("application/x-www-form-urlencoded", b"picture=ftp://x", BadDataUrl, ("picture",)),
            ("application/json", b"{", Malformed, ()),
            ("application/json; charset=punycode", b"{}", Malformed, ()),
            ("multipart/form-data", b"", Malformed, ()),
            ("image/png", b"x" * 2_000_000, TooLarge, ("picture",)),
            (*encoded("multipart", b"x" * 2_000_000), TooLarge, ("picture",)),
            (*encoded("json", b"x" * 2_000_000), TooLarge, ("picture",)),
            ("application/json", b'{"x": "' + b"x" * 2_000 + b'"}', TooLarge, ()),
        ],
    )
    def test_leaves_nothing_open(
        self, spools: list[Spool], content_type: str, body: bytes, refusal: type[Refusal], path: tuple
    ) -> None:
        with pytest.raises(refusal) as raised:
            read(content_type, body, limit=1000)
        assert raised.value.path == path

    def test_a_later_place_that_is_none_closes_an_earlier_file(self, spools: list[Spool]) -> None:
        text = base64.b64encode(PHOTO)
        policies = {("a",): POLICIES["picture",], ("b",): POLICIES["picture",]}
        with pytest.raises(BadType):
            read("application/json", b'{"a": "' + text + b'", "b": []}', policies=policies)
        assert len(spools) == 1

    def test_a_body_for_one_of_several_places(self, spools: list[Spool]) -> None:
        with pytest.raises(Malformed, match="Content-Type"):
            read("image/png", SMALL, policies=POLICIES | {("other",): POLICIES["picture",]})

    def test_files_that_nobody_asked_for_have_an_end(self, spools: list[Spool]) -> None:
        part = b'--B\r\nContent-Disposition: form-data; name="other"; filename="a.png"\r\n\r\n'
        small = part + b"x" * 400_000 + b"\r\n"
        assert read("multipart/form-data; boundary=B", small * 2 + b"--B--\r\n").files == ()
        with pytest.raises(TooLarge, match="besides the files that were asked for"):
            read("multipart/form-data; boundary=B", small * 3 + b"--B--\r\n")


class TestPieces:
    def test_a_body_of_the_length_that_was_said(self) -> None:
        assert b"".join(pieces(io.BytesIO(b"x" * 9).read, 9)) == b"x" * 9
        assert list(pieces(io.BytesIO(b"").read)) == []

    def test_a_shorter_one(self) -> None:
        with pytest.raises(Malformed, match="connection broke"):
            list(pieces(io.BytesIO(b"x" * 9).read, 10))

    def test_a_connection_that_breaks(self) -> None:
        def read(size: int) -> bytes:
            raise ConnectionResetError

        with pytest.raises(Malformed, match="connection broke"):
            list(pieces(read, broken=(OSError,)))
        with pytest.raises(ConnectionResetError):
            list(pieces(read))

    def test_no_read_behind_the_end(self) -> None:
        """A stream with a limit of just this length would take it for one byte too many."""
        sizes = iter([b"x" * 9])
        assert list(pieces(lambda _: next(sizes), 9)) == [b"x" * 9]
