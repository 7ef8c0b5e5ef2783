"""Base64 and data URLs, as phones, browsers and curl send them, decoded in pieces.

Accepted: the standard and the URL-safe alphabet, with or without padding and line breaks (RFC 4648 sections 4 and
5; RFC 2045 section 6.8 for the breaks), bare or as a data URL (RFC 2397). Anything else is refused, never skipped:
a decoder that drops what it does not know turns one file silently into another.
"""

from __future__ import annotations

import io
import re
from urllib.parse import unquote

import pybase64

from ..errors import BadBase64, BadDataUrl, Empty, Malformed
from ..upload import Upload
from .scanner import RAW_BREAK

# Long enough for a file name in it; a header without end would only cost time and memory.
MAX_HEADER = 1024
_SCHEME = re.compile(r"\s*data:", re.IGNORECASE)
_HEADER = re.compile(r"(?P<type>[^;,]*)(?P<parameters>(?:;[^;,]*)*?);\s*base64\s*\Z", re.IGNORECASE)
_URL = re.compile(r"\s*[a-z][a-z0-9+.-]{1,20}:", re.IGNORECASE)

_BREAKS = b"\r\n\t\f"
BREAK = re.compile(rb"[\r\n\t\f]")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
PIECE = 192 * 1024
"""Characters decoded at a time: a multiple of four, and small enough to stay in the processor's cache."""


class Decoder:
    """Base64 in pieces of any size: `feed` returns what could be decoded, `finish` the rest. Raises `BadBase64`."""

    def __init__(self) -> None:
        self._pending = b""  # fewer than four characters, or the padded end
        self._ended = False  # padding has been seen: nothing may follow

    def feed(self, piece: bytes | memoryview, *, one_line: bool = False) -> bytes:
        """Raises `Malformed` for a line break where none may be (`one_line`)."""
        missing = -len(self._pending) % 4
        if not self._ended and b"=" not in bytes(piece[:missing]) + bytes(piece[-4:]):
            whole = missing + (len(piece) - missing & ~3)
            try:  # the standard alphabet and nothing else: what nearly everybody sends
                first = pybase64.b64decode(self._pending + piece[:missing], validate=True)
                plain = pybase64.b64decode(piece[missing:whole], validate=True)
            except ValueError:
                pass
            else:
                self._pending = self._without_breaks(bytes(piece[whole:]), one_line)
                return first + plain if first else plain
        text = self._pending + piece
        if one_line:
            self._without_breaks(text, one_line)
        if self._ended or b"=" in text or any(character in text for character in (b"\n", b"\r", b"\t", b"\f")):
            text = text.translate(None, _BREAKS)
            self._check_padding(text)
        if self._ended:
            self._pending = text
            return b""
        whole = len(text) & ~3
        self._pending = text[whole:]
        return _decode(text[:whole])

    def finish(self) -> bytes:
        rest = self._pending.rstrip(b"=")
        padding = len(self._pending) - len(rest)
        if len(rest) % 4 == 1 or (padding and padding != -len(rest) % 4):
            raise BadBase64("The base64 text is cut short or wrongly padded. Send all of it.")
        return _decode(rest + b"=" * (-len(rest) % 4))

    @staticmethod
    def _without_breaks(text: bytes, one_line: bool) -> bytes:
        if one_line and BREAK.search(text):
            raise Malformed(RAW_BREAK)
        return text.translate(None, _BREAKS)

    def _check_padding(self, text: bytes) -> None:
        end = text.find(b"=")
        if end < 0:
            return
        if text[end:].strip(b"=") or len(text) - end > 2:
            raise BadBase64("Something follows the end of the base64 text.")
        self._ended = True


def _decode(text: bytes) -> bytes:
    """Whole groups of four characters. The standard alphabet is tried first: it is what nearly everybody sends."""
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        pass
    try:
        return pybase64.b64decode(text.translate(_TO_STANDARD), validate=True)
    except ValueError:
        raise BadBase64("The text holds characters that are not base64.") from None


def split(text: str) -> tuple[str, str, int]:
    """Read the header of a data URL: (claimed media type, claimed file name, where the base64 begins).

    Bare base64 has no header: ``("", "", 0)``. Raises `BadDataUrl` for a data URL that is not base64, for one whose
    header is too long or holds control characters, and for any other URL, which is never fetched.
    """
    scheme = _SCHEME.match(text[:MAX_HEADER])
    if scheme is None:
        if _URL.match(text[:MAX_HEADER]):
            raise BadDataUrl("This is an address, not a file. Send the file itself as base64.")
        return "", "", 0
    comma = text.find(",", scheme.end(), scheme.end() + MAX_HEADER)
    if comma < 0:
        raise BadDataUrl("The data URL has no comma after a short header: send data:<type>;base64,<data>.")
    header = text[scheme.end() : comma]
    match = _HEADER.match(header)
    if match is None:
        if not text[comma + 1 :].strip():
            raise Empty
        raise BadDataUrl("The data URL is not base64: send data:<type>;base64,<data>.")
    if not header.isprintable():
        raise BadDataUrl("The header of the data URL holds control characters.")
    parameters = [parameter.partition("=") for parameter in match["parameters"].split(";")]
    names = [name.strip().lower() for name, _, _ in parameters]
    if "base64" in names:
        raise BadDataUrl("The data URL says base64 twice.")
    filename = next((unquote(value.strip()) for name, _, value in parameters if name.strip().lower() == "name"), "")
    return match["type"].strip(), filename, comma + 1


def from_text(text: str, *, plus_as_space: bool = False) -> Upload:
    """An upload out of a string. Raises `Empty`, `BadBase64` or `BadDataUrl` while it is read or at once.

    `plus_as_space`: the string came from a form body (``application/x-www-form-urlencoded``), whose decoder turns an
    unescaped ``+`` into a space; jQuery's ``$.post`` with a bare string and many phones forget to escape it. Spaces
    are then read as ``+``, unless there are ``+`` besides: then they are garbage as anywhere else.
    """
    media_type, filename, start = split(text)
    body = text[start:] if start else text
    if not body.strip():
        raise Empty
    if plus_as_space and "+" not in body:
        body = body.replace(" ", "+")
    try:
        encoded = body.encode("ascii")
    except UnicodeEncodeError:
        raise BadBase64("The text holds characters that are not base64.") from None
    return Upload(io.BufferedReader(_Decoded(encoded), PIECE), filename=filename, media_type=media_type)


class _Decoded(io.RawIOBase):
    """Decodes while it is read, so that the decoded file is never in memory as a whole. It may be read again from its
    beginning, and from nowhere else."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self._whole = text
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if offset or whence != io.SEEK_SET:
            raise io.UnsupportedOperation("seek to somewhere else than the beginning")
        self._text = memoryview(self._whole)
        self._decoder: Decoder | None = Decoder()
        self._ready = b""
        self._position = 0
        return 0

    def tell(self) -> int:
        return self._position

    def readinto(self, target: memoryview | bytearray, /) -> int:  # type: ignore[override]
        while not self._ready and self._decoder:
            piece, self._text = self._text[:PIECE], self._text[PIECE:]
            if piece:
                self._ready = self._decoder.feed(bytes(piece))
            else:
                self._ready, self._decoder = self._decoder.finish(), None
        view = memoryview(target)
        count = min(len(self._ready), len(view))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self._position += count
        return count
