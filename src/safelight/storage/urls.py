"""A storage's URL, taken apart: whatever in it is not understood is an error, and no error repeats a secret."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import ConfigurationError

_PASSWORD = re.compile(r"\A([^:/?#]+://[^:/?#@]*:).*@", re.DOTALL)
"""Up to the last @: a character that is not quoted may end the host, and then nobody calls the rest a password."""
_VALUE = re.compile(r"(?<==)[^&]+")
_USER = re.compile(r"[a-z]+://[^/?#]*@", re.IGNORECASE)


class StorageUrl:
    """``scheme://user:password@host/path?options``. Who builds a storage of it takes the options it knows, and calls
    `finish`."""

    def __init__(self, url: str) -> None:
        without_password = _PASSWORD.sub(r"\1...@", url)
        address, mark, options = without_password.partition("?")
        # Of options the names: credentials are among those that people try.
        self._shown = address + mark + _VALUE.sub("...", options)
        unreadable = self.wrong("it cannot be read; of a password, write what is no letter or digit as %2F, %40 ...")
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018  # is only understood when it is asked for
        except ValueError:  # whose message may repeat a part of it
            raise unreadable from None
        if parts.password is None and without_password != url:
            raise unreadable
        self.scheme = parts.scheme
        self.netloc = parts.netloc
        self.host = parts.netloc.rpartition("@")[2]  # buckets and clouds have no port, and their case may count
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")
        self.path = unquote(parts.path)
        self._options = dict(parse_qsl(parts.query, keep_blank_values=True))

    def wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"storage URL {self._shown!r}: {what}")

    def take(self, option: str) -> str | None:
        return self._options.pop(option, None)

    def take_folder(self, option: str) -> str | None:
        """An address below which files lie, with a slash at its end."""
        value = self.take(option)
        return None if value is None else self.without_user(option, value).removesuffix("/") + "/"

    def without_user(self, option: str, address: str) -> str:
        """`address`, which is told in pages, or in errors."""
        if _USER.match(address):
            raise self.wrong(f"{option} must not hold a user and a password: others get to see it")
        return address

    def take_seconds(self, option: str, default: int, most: int) -> int:
        value = self.take(option)
        if value is None:
            return default
        if not (value.isascii() and value.isdecimal()) or not 1 <= int(value[:9]) <= most:
            raise self.wrong(f"{option} is a number of seconds from 1 to {most}")
        return int(value)

    def finish(self) -> None:
        if self._options:
            raise self.wrong(f"unknown option {', '.join(sorted(self._options))}")
