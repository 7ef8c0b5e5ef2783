"""A whole body in, its document out: the files in it are decoded while they arrive, straight into nameless temporary
files, so that a body of a gigabyte costs a few megabytes of memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple, Protocol, TypeAlias, TypeVar, cast

from ..errors import Malformed, Refusal, StorageUnavailable, TooLarge
from ..policy import Policy
from ..upload import Upload
from .base64 import BREAK, MAX_HEADER, PIECE, Decoder, split
from .encoding import text_encoding
from .multipart import Field, FileBytes, FilePart, MultipartScanner
from .part import Part
from .scanner import RAW_BREAK, FileBegins, FileData, Path, Scanner, matches, matches_name
from .spool import Spool

Policies: TypeAlias = Mapping[Path, Policy]
"""Which strings of a body are files, by pattern, and what is accepted of each."""

_Event = TypeVar("_Event", covariant=True)


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
                cast(_File, file).write(event.text, event.one_line)
            else:
                uploads.append(cast(_File, file).finish())
                file = None
        files = [wrap(upload) for upload in uploads]
        return scanner.document(files, encoding), files
    except BaseException:
        for content in [upload.content for upload in uploads] + ([file.spool] if file else []):
            content.close()
        raise


class Receiver(Protocol):
    """Where the bytes of one file of a form go."""

    def write(self, data: bytes | memoryview, /) -> object: ...

    def finish(self) -> Any:
        """The file, which can be closed; None if there is to be none."""

    def close(self) -> None:
        """The file will not come to its end."""


class Form(NamedTuple):
    """Names and values, in their order."""

    fields: list[tuple[str, str]]
    files: list[tuple[str, Any]]


def read_form(
    chunks: Iterable[bytes],
    scanner: MultipartScanner,
    policies: Policies,
    wrap: Callable[[Upload], Any],
    others: Callable[[Part], Receiver],
    encoding: str = "utf-8",
) -> Form:
    """The fields of a multipart form, and what `wrap` makes of each file that has a policy; the others go where
    `others` says. Who calls closes all files in the end.

    Raises a `Refusal`, with the name of the field as its `path` if a file is to blame; then nothing is left open.
    """
    text_encoding(encoding)
    form = Form([], [])
    name, receiver = "", None
    try:
        for event in _events(chunks, scanner):
            if isinstance(event, FileBytes):
                cast(Receiver, receiver).write(event.data)
            elif isinstance(event, Field):
                form.fields.append((event.name, event.value.decode(encoding, "replace")))
            elif isinstance(event, FilePart):
                name, policy = event.part.name or "", policy_of_field(policies, event.part.name or "")
                receiver = _PartFile(policy, event.part, wrap) if policy else others(event.part)
                if event.part.is_base64:
                    receiver = _TransferDecoder(receiver, name)
            else:
                file, receiver = cast(Receiver, receiver).finish(), None
                if file is not None:
                    form.files.append((name, file))
        return form
    except BaseException:
        for file in [file for _, file in form.files] + ([receiver] if receiver else []):
            file.close()
        raise


def policy_of_field(policies: Policies, name: str) -> Policy | None:
    """What is accepted of the field `name` of a form; None if it is no file."""
    return next((policy for pattern, policy in policies.items() if matches_name(pattern, name)), None)


def _policy_at(policies: Policies, path: Path) -> Policy:
    """What is accepted at a place that a scanner has called a file's: there is one."""
    if len(path) == 1 and (policy := policy_of_field(policies, str(path[0]))):
        return policy
    return next(policy for pattern, policy in policies.items() if matches(pattern, path))


class _Events(Protocol[_Event]):
    def feed(self, chunk: bytes) -> Sequence[_Event]: ...

    def end(self) -> Sequence[_Event]: ...


def _events(chunks: Iterable[bytes], scanner: _Events[_Event]) -> Iterator[_Event]:
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

    def write(self, text: bytes, one_line: bool) -> None:
        with blamed(self._path):
            self._left -= len(text)
            if self._left < 0:
                raise TooLarge(self._limit)
            start = 0
            if self._decoder is None:
                self._decoder = Decoder()
                start = self._read_header(text)
                if one_line and BREAK.search(text, 0, start):
                    raise Malformed(RAW_BREAK)
            for piece in _pieces(memoryview(text)[start:]):
                self.spool.write(self._decoder.feed(piece, one_line=one_line))

    def finish(self) -> Upload:
        with blamed(self._path):
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


class _PartFile:
    """The bytes of a form's part on their way into a `Spool`."""

    def __init__(self, policy: Policy, part: Part, wrap: Callable[[Upload], Any]) -> None:
        self._spool = Spool(policy.max_bytes)
        self._part = part
        self._wrap = wrap

    def write(self, data: bytes | memoryview, /) -> None:
        with blamed((self._part.name or "",)):
            self._spool.write(data)

    def finish(self) -> Any:
        content = cast(BinaryIO, self._spool)
        return self._wrap(Upload(content, self._part.filename, self._part.media_type, self._spool.size))

    def close(self) -> None:
        self._spool.close()


class _TransferDecoder:
    """A part that came in base64, decoded on its way to its receiver."""

    def __init__(self, receiver: Receiver, name: str) -> None:
        self._receiver = receiver
        self._path = (name,)
        self._decoder = Decoder()
        self._spare = PIECE

    def write(self, text: bytes | memoryview, /) -> None:
        for piece in _pieces(memoryview(text)):
            with blamed(self._path):
                data = self._decoder.feed(piece)
                self._spare += 2 * len(data) - len(piece)
                if self._spare < 0:  # white space without end is no data that any limit counts
                    raise Malformed("The base64 of a part is mostly white space.")
            self._receiver.write(data)

    def finish(self) -> Any:
        with blamed(self._path):
            data = self._decoder.finish()
        self._receiver.write(data)
        return self._receiver.finish()

    def close(self) -> None:
        self._receiver.close()


def _pieces(text: memoryview) -> Iterator[memoryview]:
    return (text[at : at + PIECE] for at in range(0, len(text), PIECE))


@contextmanager
def blamed(path: Path) -> Iterator[None]:
    """A refusal inside says where in the body the file stands, unless it is our own trouble."""
    try:
        yield
    except StorageUnavailable:
        raise
    except Refusal as refusal:
        refusal.path = path
        raise
