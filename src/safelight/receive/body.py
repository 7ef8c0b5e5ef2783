"""A whole body in, its document out: the files in it are decoded while they arrive, straight into nameless temporary
files, so that a body of a gigabyte costs a few megabytes of memory."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO, TypeAlias, cast

from ..errors import Malformed, Refusal, TooLarge
from ..policy import Policy
from ..upload import Upload
from .base64 import MAX_HEADER, PIECE, Decoder, split
from .scanner import Event, FileBegins, FileData, Path, Scanner, matches
from .spool import Spool

Policies: TypeAlias = Mapping[Path, Policy]
"""Which strings of a body are files, by pattern, and what is accepted of each."""


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
    path: Path = ()
    file: _File | None = None
    uploads: list[Upload] = []
    try:
        for event in _events(chunks, scanner):
            if isinstance(event, FileBegins):
                path = event.path
                file = _File(next(policy for pattern, policy in policies.items() if matches(pattern, path)))
            elif isinstance(event, FileData):
                cast(_File, file).write(event.text)
            else:
                uploads.append(cast(_File, file).finish())
                path, file = (), None
        files = [wrap(upload) for upload in uploads]
        return scanner.document(files, encoding), files
    except BaseException as error:
        if isinstance(error, Refusal) and not error.path:
            error.path = path
        for content in [upload.content for upload in uploads] + ([file.spool] if file else []):
            content.close()
        raise


def in_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """`chunks` of text in some encoding, in UTF-8. Raises `Malformed`."""
    try:
        # Codecs that are not for text, such as zlib, refuse this; they would inflate a body without bound.
        "".encode(encoding)
        if codecs.lookup(encoding).name == "utf-8":
            yield from chunks
            return
        decoder = codecs.getincrementaldecoder(encoding)()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except (LookupError, UnicodeError, TypeError) as error:
        raise Malformed(f"The body is not text in the encoding {encoding!r}.") from error


def _events(chunks: Iterable[bytes], scanner: Scanner) -> Iterator[Event]:
    for chunk in chunks:
        yield from scanner.feed(chunk)
    yield from scanner.end()


class _File:
    """One file's text on its way into a `Spool`."""

    def __init__(self, policy: Policy) -> None:
        self.spool = Spool(policy.max_bytes)
        self._policy = policy
        self._decoder: Decoder | None = None
        self._claims = ("", "")
        # Base64 has four characters for three bytes, and line breaks add a few. White space is none of the file's
        # bytes, but somebody has to read it: twice the limit is more than anybody needs.
        self._left = 2 * policy.max_bytes + 2 * MAX_HEADER

    def write(self, text: bytes) -> None:
        self._left -= len(text)
        if self._left < 0:
            raise TooLarge(self._policy.max_bytes)
        start = 0
        if self._decoder is None:
            self._decoder = Decoder()
            # One character for each byte, so that the header's length in characters is its length in bytes.
            media_type, filename, start = split(text[: 2 * MAX_HEADER].decode("latin-1"))
            self._claims = filename, media_type
        for at in range(start, len(text), PIECE):
            self.spool.write(self._decoder.feed(text[at : at + PIECE]))

    def finish(self) -> Upload:
        if self._decoder:
            self.spool.write(self._decoder.finish())
        return Upload(cast(BinaryIO, self.spool), *self._claims, size=self.spool.size)
