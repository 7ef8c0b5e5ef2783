"""A whole body in, its document out: the files in it are decoded while they arrive, straight into nameless temporary
files, so that a body of a gigabyte costs a few megabytes of memory."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, TypeAlias, cast

from ..errors import Malformed, Refusal, StorageUnavailable, TooLarge
from ..policy import Policy
from ..upload import Upload
from .base64 import MAX_HEADER, PIECE, Decoder, split
from .scanner import Event, FileBegins, FileData, Path, Scanner, matches, matches_name
from .spool import Spool

Policies: TypeAlias = Mapping[Path, Policy]
"""Which strings of a body are files, by pattern, and what is accepted of each."""

_ENCODINGS = {"utf-8", "ascii", "iso8859-1", "cp1252"} | {
    f"utf-{n}{end}" for n in (16, 32) for end in ("", "-le", "-be")
}


def read_document(
    chunks: Iterable[bytes],
    scanner: Scanner,
    policies: Policies,
    wrap: Callable[[Upload], Any],
    encoding: str = "utf-8",
) -> tuple[Any, list[Any]]:
    """The parsed body, with what `wrap` makes of an upload in the place of each file, and all those: who calls closes
    them in the end, also the ones that the document does not show (the first of two with the same name).

    Raises a `Refusal`, with its `path` in the body if a file is to blame; then nothing is left open.
    """
    file: _File | None = None
    uploads: list[Upload] = []
    try:
        for event in _events(chunks, scanner):
            if isinstance(event, FileBegins):
                file = _File(_policy_at(policies, event.path), event.path)
            elif isinstance(event, FileData):
                cast(_File, file).write(event.text)
            else:
                uploads.append(cast(_File, file).finish())
                file = None
        files = [wrap(upload) for upload in uploads]
        return scanner.document(files, encoding), files
    except BaseException:
        for content in [upload.content for upload in uploads] + ([file.spool] if file else []):
            content.close()
        raise


def policy_of_field(policies: Policies, name: str) -> Policy | None:
    """What is accepted of the field `name` of a form; None if it is no file."""
    return next((policy for pattern, policy in policies.items() if matches_name(pattern, name)), None)


def _policy_at(policies: Policies, path: Path) -> Policy:
    """What is accepted at a place that a scanner has called a file's: there is one."""
    if len(path) == 1 and (policy := policy_of_field(policies, str(path[0]))):
        return policy
    return next(policy for pattern, policy in policies.items() if matches(pattern, path))


def text_encoding(name: str) -> str:
    """`name`, if it is an encoding of text that JSON and forms do come in; else `Malformed`. Python has others: some
    inflate (zlib) and one takes quadratic time (punycode)."""
    try:
        if codecs.lookup(name).name in _ENCODINGS:
            return name
    except (LookupError, ValueError):
        pass
    raise Malformed(f"The encoding {name[:40]!r} is not accepted. Send UTF-8.")


def in_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """`chunks` of text in some encoding, in UTF-8. Raises `Malformed`."""
    if codecs.lookup(text_encoding(encoding)).name == "utf-8":
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise Malformed(f"The body is not text in the encoding {encoding!r}.") from error


def _events(chunks: Iterable[bytes], scanner: Scanner) -> Iterator[Event]:
    for chunk in chunks:
        yield from scanner.feed(chunk)
    yield from scanner.end()


class _File:
    """One file's text on its way into a `Spool`. Its refusals say where in the body it stands."""

    def __init__(self, policy: Policy, path: Path) -> None:
        self.spool = Spool(policy.max_bytes)
        self._limit = policy.max_bytes
        self._path = path
        self._decoder: Decoder | None = None
        self._claims = ("", "")
        # Base64 has four characters for three bytes, and line breaks add a few. White space is none of the file's
        # bytes, but somebody has to read it: twice the limit is more than anybody needs.
        self._left = 2 * policy.max_bytes + 2 * MAX_HEADER

    def write(self, text: bytes) -> None:
        with self._blamed():
            self._left -= len(text)
            if self._left < 0:
                raise TooLarge(self._limit)
            start = 0
            if self._decoder is None:
                self._decoder = Decoder()
                start = self._read_header(text)
            view = memoryview(text)
            for at in range(start, len(text), PIECE):
                self.spool.write(self._decoder.feed(view[at : at + PIECE]))

    def finish(self) -> Upload:
        with self._blamed():
            if self._decoder:
                self.spool.write(self._decoder.finish())
            return Upload(cast(BinaryIO, self.spool), *self._claims, size=self.spool.size)

    def _read_header(self, text: bytes) -> int:
        """Note what a data URL claims; returns where its base64 begins."""
        comma = text.find(b",", 0, 2 * MAX_HEADER)
        head = text[: comma + 1] + b"A" if comma >= 0 else text[: 2 * MAX_HEADER]
        media_type, filename, start = split(head.decode("utf-8", "replace"))
        self._claims = filename, media_type
        return comma + 1 if start else 0

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        try:
            yield
        except StorageUnavailable:
            raise
        except Refusal as refusal:
            refusal.path = self._path
            raise
