"""A whole request in, its document out, in whichever encoding it comes: what may be a file is an `Upload` in its place.

=====================================  ================================================================
``application/json``, ``…+json``       long strings at the places of files: base64, or data URLs
``application/x-www-form-urlencoded``  the same, by the names of fields
``multipart/form-data``                parts with a file's name; the text of a field that should be one
anything else                          the body itself is the file, where there is one place for files
=====================================  ================================================================

A body is read once, in pieces, with nothing but the small rest in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from ..errors import BadType, Malformed, Refusal, TooLarge
from ..upload import Upload
from .base64 import from_text
from .body import Policies, blamed, policy_of_field, read_document, read_form
from .encoding import in_utf8, text_encoding
from .form import FormScanner
from .json import JsonScanner
from .multipart import MultipartScanner, boundary_of
from .part import Part, read_header
from .scanner import Path, advance
from .spool import CHUNK, Spool

_MAX_FILES = 100


@dataclass(frozen=True, slots=True)
class Received:
    """What a request holds. `document` is what its JSON says, `fields` are the names and values of a form in their
    order; each file stands in them as an `Upload`. `files` are all of them, by their places; of two at one place the
    last counts."""

    document: Any = None
    fields: tuple[tuple[str, Any], ...] | None = None
    files: tuple[tuple[Path, Upload], ...] = ()
    _opened: tuple[Upload, ...] = ()

    def close(self) -> None:
        """Let go of all files, also of those that the document does not show."""
        for upload in self._opened:
            upload.close()


def read_request(
    chunks: Iterable[bytes],
    content_type: str,
    policies: Policies,
    *,
    disposition: str = "",
    limit: int | None = None,
    max_fields: int | None = None,
) -> Received:
    """`policies` say where files may be, and how large each; nothing is verified yet. All that is no file may have
    `limit` bytes and `max_fields` fields (None: any number). `disposition` is the Content-Disposition header, which may
    name a file that is the body itself.

    Raises a `Refusal`, with its `path` in the body if a file is to blame; then nothing is left open.
    """
    media_type, parameters = read_header(content_type)
    encoding = parameters.get("charset", "utf-8")
    if media_type == "multipart/form-data":
        multipart = MultipartScanner(boundary_of(content_type), limit, _MAX_FILES, max_fields)
        return _multipart(chunks, multipart, policies, encoding)
    if media_type == "application/x-www-form-urlencoded":
        fields = FormScanner(policies, limit, _MAX_FILES, max_fields)
        pairs, opened = read_document(chunks, fields, policies, _itself, text_encoding(encoding))
        return _form(pairs, opened, policies)
    if media_type == "application/json" or media_type.endswith("+json"):
        scanner = JsonScanner(policies, limit, _MAX_FILES)
        document, opened = read_document(in_utf8(chunks, encoding), scanner, policies, _itself)
        found = _Found(opened)
        with found:
            document = found.within(document, tuple(policies), ())
        return found.received(document)
    return _body(chunks, policies, media_type, disposition)


def pieces(
    read: Callable[[int], bytes], expected: int | None = None, broken: tuple[type[Exception], ...] = ()
) -> Iterator[bytes]:
    """A body in pieces. A connection that breaks half-way (`read` raises `broken`, or less than `expected` bytes come)
    does not pass for a shorter body: that is `Malformed`."""
    received = 0
    try:
        while chunk := read(CHUNK):
            received += len(chunk)
            yield chunk
            if received == expected:  # a limited stream would take another read for one too many
                return
    except Refusal:
        raise
    except broken as error:
        raise Malformed(_BROKEN) from error
    if expected is not None and received < expected:
        raise Malformed(_BROKEN)


_BROKEN = "The connection broke before the whole request had come. Send it again."


def _itself(upload: Upload) -> Upload:
    return upload


def _multipart(chunks: Iterable[bytes], scanner: MultipartScanner, policies: Policies, encoding: str) -> Received:
    form = read_form(chunks, scanner, policies, _itself, _Nowhere(policies).take, encoding)
    return _form([*form.fields, *form.files], [upload for _, upload in form.files], policies)


def _form(pairs: list[tuple[str, Any]], opened: list[Upload], policies: Policies) -> Received:
    found = _Found(opened)
    with found:
        fields = [
            (name, found.at((name,), value, plus_as_space=True) if policy_of_field(policies, name) else value)
            for name, value in pairs
        ]
    return found.received(fields=tuple(fields))


def _body(chunks: Iterable[bytes], policies: Policies, media_type: str, disposition: str) -> Received:
    if len(policies) != 1:
        raise Malformed("Say by the Content-Type how the files are sent: in a form, or as base64 in JSON.")
    ((path, policy),) = policies.items()
    _, parameters = read_header(disposition)
    spool = Spool(policy.max_bytes)
    try:
        with blamed(path):
            for chunk in chunks:
                spool.write(chunk)
    except BaseException:
        spool.close()
        raise
    if not spool.size:
        spool.close()
        return Received()
    upload = Upload(cast(BinaryIO, spool), parameters.get("filename", ""), media_type, spool.size)
    return Received(files=((path, upload),), _opened=(upload,))


class _Found:
    """The files of a document while their places are looked through: what is short came as ordinary text. If one of
    them is none, all are closed."""

    def __init__(self, opened: Iterable[Upload]) -> None:
        self._opened = list(opened)
        self._files: list[tuple[Path, Upload]] = []

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.received().close()

    def received(self, document: Any = None, fields: tuple[tuple[str, Any], ...] | None = None) -> Received:
        return Received(document, fields, tuple(self._files), tuple(self._opened))

    def within(self, value: Any, patterns: tuple[Path, ...], path: Path) -> Any:
        """`value` with all files in it in their places; `patterns` is what is left of theirs at `path`."""
        if () in patterns:
            return self.at(path, value)
        if isinstance(value, dict):
            return {
                name: self.within(item, left, (*path, name)) if (left := advance(patterns, name)) else item
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [
                self.within(item, left, (*path, index)) if (left := advance(patterns, index)) else item
                for index, item in enumerate(value)
            ]
        return value

    def at(self, path: Path, value: Any, *, plus_as_space: bool = False) -> Any:
        """What stands at a file's place: a file, or nothing (an empty string, null)."""
        if value is None or value == "":
            return value
        with blamed(path):
            if isinstance(value, str):
                value = from_text(value, plus_as_space=plus_as_space)
                self._opened.append(value)
            elif not isinstance(value, Upload):
                raise BadType({list: "a list", dict: "an object", bool: "true or false"}.get(type(value), "a number"))
        self._files.append((path, value))
        return value


class _Nowhere:
    """Where the files go that nobody asked for: read, because something else may follow, but not without end."""

    def __init__(self, policies: Policies) -> None:
        self._limit = max((policy.max_bytes for policy in policies.values()), default=0)
        self._left = self._limit

    def take(self, part: Part) -> _Nowhere:
        return self

    def write(self, data: bytes | memoryview, /) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge(self._limit, what="What the form holds besides the files that were asked for")

    def finish(self) -> None:
        return None

    def close(self) -> None: ...
