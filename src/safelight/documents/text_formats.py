"""Text formats: what a string with a format must look like. Each in linear time, whatever the text.

They are as strict as what is done with a value asks for, and take what browsers' inputs and django-jsonform write: a
time may lack its seconds, a date with time its zone. An address that would run as a script in a link is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Final
from urllib.parse import urlsplit

_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:[\w-]+\.)+[\w-]+")
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?"
_ISO_DATE = re.compile(_DATE, re.ASCII)
_ISO_TIME = re.compile(_TIME, re.ASCII)
_ISO_DATE_TIME = re.compile(rf"{_DATE}[T ]{_TIME}", re.ASCII)
_COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}")
_NO_ADDRESS = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")

_SCRIPTS = ("data", "javascript", "vbscript")
_WITH_HOST = ("ftp", "ftps", "http", "https")


def is_email(text: str) -> bool:
    return len(text) <= 320 and _EMAIL.fullmatch(text) is not None


def is_date(text: str) -> bool:
    return _ISO_DATE.fullmatch(text) is not None and _reads(date.fromisoformat, text)


def is_time(text: str) -> bool:
    return _ISO_TIME.fullmatch(text) is not None and _reads(time.fromisoformat, text)


def is_date_time(text: str) -> bool:
    return _ISO_DATE_TIME.fullmatch(text) is not None and _reads(datetime.fromisoformat, text)


def is_uri(text: str) -> bool:
    return is_uri_reference(text) and urlsplit(text).scheme != ""


def is_uri_reference(text: str) -> bool:
    """An address, or a part of one: ``/about/``."""
    if _NO_ADDRESS.search(text):  # browsers skip some of these, and then read another scheme
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme not in _SCRIPTS and (parts.scheme not in _WITH_HOST or parts.hostname is not None)


def is_color(text: str) -> bool:
    return _COLOR.fullmatch(text) is not None


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


TEXT_FORMATS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "email": (is_email, "bad_email"),
    "date": (is_date, "bad_date"),
    "time": (is_time, "bad_time"),
    "date-time": (is_date_time, "bad_date_time"),
    "uri": (is_uri, "bad_uri"),
    "uri-reference": (is_uri_reference, "bad_uri"),
    "color": (is_color, "bad_color"),
}
"""By format, how to tell it and the code of what is not. Of any other format nothing is asked."""
