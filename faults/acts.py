"""What is done to a site, by somebody who sends a request or starts a command: in a process that may be killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from string import Template

from tests.pictures import photo

Keys = dict[str, str]
"""The keys of a world's files, by the names that its acts have for them."""


PHOTO = photo((16, 12))
LARGE = photo((160, 120))
"""Which goes up in three parts."""


@dataclass(frozen=True)
class Request:
    """A POST (see `faults.stack`). The keys of the world stand in its fields as ``$name``. Without any fault it is
    answered with the status `expected`."""

    path: str
    fields: tuple[tuple[str, str], ...]
    file: bytes | None = field(repr=False)
    expected: int

    def filled(self, keys: Keys) -> dict[str, str]:
        return {name: Template(value).substitute(keys) for name, value in self.fields}


@dataclass(frozen=True)
class Command:
    """One of Safelight's commands; the world's keys stand in its arguments as they do in fields."""

    name: str
    arguments: tuple[str, ...] = ()

    def filled(self, keys: Keys) -> list[str]:
        return [Template(argument).substitute(keys) for argument in self.arguments]


Act = Request | Command


def request(path: str, *, file: bytes | None = None, expected: int = 200, **fields: str) -> Request:
    return Request(f"/{path}", tuple(fields.items()), file, expected)


def command(name: str, *arguments: str) -> Command:
    return Command(name, arguments)
