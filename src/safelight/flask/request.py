"""A request's body, read once and in pieces: what may be a file goes straight into temporary files without a name.

Werkzeug's own `request.files` writes every file to its end before a view can say no, and `request.json` has base64 in
memory as a whole. Here nothing is read before the view asks, and nothing beyond what its policies allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from safelight.errors import Empty, LengthRequired, TooLarge
from safelight.idempotency import grouped
from safelight.policy import Policy
from safelight.receive import Upload, from_text
from safelight.receive.request import Received, pieces, read_request

_OPEN = "safelight.sent"  # in a request's environment: what is closed at its end


class Sent:
    """What came. `data` is the JSON document, a form as a MultiDict, or None where the body itself was the file; in it
    an `Upload` stands in the place of each file. The files are closed with the request, if not before."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self.data: Any = received.document if received.fields is None else MultiDict(received.fields)

    def get(self, place: str) -> Upload | None:
        """The file at a place (``"profile_image"``, ``"gallery.0.picture"``); None if none was sent there."""
        return next(reversed(self.getlist(place)), None)

    def getlist(self, place: str) -> list[Upload]:
        """All files of one field of a form."""
        return [upload for path, upload in self._received.files if ".".join(map(str, path)) == place]

    def meaning(self) -> tuple[object, ...]:
        """By which the same request is known when it comes again."""
        received = self._received
        if received.fields is None and received.document is None:
            return tuple(upload for _, upload in received.files)
        return grouped(received.fields or ()), received.document

    def close(self) -> None:
        self._received.close()

    def __enter__(self) -> Sent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def receive(request: Request, policies: Mapping[str, Policy]) -> Sent:
    """See `Safelight.receive`."""
    sent = Sent(
        read_request(
            body(request),
            request.headers.get("Content-Type", ""),
            {tuple(place.split(".")): policy for place, policy in policies.items()},
            disposition=request.headers.get("Content-Disposition", ""),
            limit=request.max_form_memory_size,
            max_fields=request.max_form_parts,
        )
    )
    request.environ.setdefault(_OPEN, []).append(sent)
    return sent


def body(request: Request) -> Iterator[bytes]:
    """The bytes of a body that nobody has read yet, under MAX_CONTENT_LENGTH if there is one.

    Raises RuntimeError if somebody has: what is empty then was not so when it came.
    """
    if "form" in request.__dict__ or hasattr(request, "_cached_data"):
        raise RuntimeError(
            "The body was read before safelight.receive() was asked to: by request.form, .files, .json or .data. "
            "Leave it to receive(), or give accept() the file out of request.files."
        )
    if "Transfer-Encoding" in request.headers and not request.environ.get("wsgi.input_terminated"):
        raise LengthRequired  # a server that hands on a body without its end: it would pass for an empty one
    # Whatever else is raised, the server could not read on. Servers have errors of their own for that, and not all are
    # OSErrors: gunicorn's of a chunk without a size is none.
    yield from pieces(partial(_read, request), request.content_length, (Exception,))


def _read(request: Request, size: int) -> bytes:
    try:
        return request.stream.read(size)
    except RequestEntityTooLarge:
        limit = request.max_content_length or 0
        raise TooLarge(limit, request.content_length, what="The request") from None


def close_all(environ: Mapping[str, Any]) -> None:
    """Let go of all that a request has brought."""
    for sent in environ.get(_OPEN, ()):
        sent.close()


def as_upload(file: FileStorage | Upload | str | None) -> Upload:
    """A file as it stands in `request.files`, in what `receive` returned, or, as base64 or a data URL, in JSON."""
    if isinstance(file, FileStorage):
        return Upload(file.stream, file.filename or "", file.mimetype)
    if isinstance(file, str):
        return from_text(file)
    if file is None:
        raise Empty("No file was sent. Choose one.")
    return file
