"""The head of a form's part: what the client claims of a field and its file. Claims are noted, never believed.

Read as Django reads it, so that it does not matter which of the two a body goes through.

Source: RFC 7578 (form-data), RFC 2231 (``filename*``), WHATWG HTML, section 4.10.21.8.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value

from ..errors import Malformed
from .encoding import text_encoding

_WHITE = " \t\r\n\v\f"  # of ASCII alone


@dataclass(frozen=True, slots=True)
class Part:
    """`name` is None if the part has none, and `filename` is empty if nothing is left of it. What claims a file's name
    is a file, unless the name is empty: then a browser had nothing to send."""

    name: str | None = None
    is_file: bool = False
    filename: str = ""
    media_type: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Those of the media type."""
    is_base64: bool = False
    """By its Content-Transfer-Encoding, which RFC 7578 has withdrawn and some clients still send."""


def read_head(head: bytes) -> Part:
    """`head` is all lines before the empty one. Raises `Malformed`."""
    headers: dict[str, tuple[str, dict[str, str]]] = {}
    for line in head.split(b"\r\n"):
        if b"\n" in line:
            # What a line is may not depend on who reads it, or a part shows to us and not to a filter before us.
            raise Malformed("The lines of a form must end in CR LF.")
        main, parameters = read_header(line.decode("utf-8", "replace"))
        name, _, value = main.partition(":")
        headers[name] = value.strip(), parameters
    _, disposition = headers.get("content-disposition", ("", {}))
    media_type, parameters = headers.get("content-type", ("", {}))
    return Part(
        name=disposition["name"].strip(_WHITE) if "name" in disposition else None,
        is_file=bool(disposition.get("filename")),
        filename=_last_component(disposition.get("filename", "")),
        media_type=media_type,
        parameters=parameters,
        is_base64=headers.get("content-transfer-encoding", ("", {}))[0] == "base64",
    )


def read_header(line: str) -> tuple[str, dict[str, str]]:
    """What stands before the first semicolon, in lower case, and the parameters behind it. Raises `Malformed`."""
    if ";" not in line:
        return line.strip().lower(), {}
    message = Message()
    try:
        message["Content-Type"] = line
        (main, _), *parameters = message.get_params([("", "")])
        return main.lower(), {name: _plain(value) for name, value in parameters if name}
    except (ValueError, TypeError, LookupError) as error:  # the parser of the standard library gives up
        raise Malformed("A header of the form cannot be read.") from error


def _plain(value: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(value, str):
        return value
    if value[0]:
        text_encoding(value[0])
    return collapse_rfc2231_value(value)


def _last_component(filename: str) -> str:
    # A browser writes what the form's encoding lacks as a character reference.
    name = html.unescape(filename).rsplit("/")[-1].rsplit("\\")[-1]
    name = "".join(character for character in name if character.isprintable())
    return "" if name in (".", "..") else name
