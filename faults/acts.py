"""What is done to a site, by somebody who sends a request or starts a command: in a process that may be killed."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

Keys = dict[str, str]
"""The keys of a world's files, by the names that its acts have for them."""


@dataclass(frozen=True)
class Request:
    """A POST (see `faults.stack`). The keys of the world stand in its fields as ``$name``. Without any fault it is
    answered with the status `expected`."""

    path: str
    fields: tuple[tuple[str, str], ...]
    has_file: bool
    expected: int

    def filled(self, keys: Keys) -> dict[str, str]:
        return {name: Template(value).substitute(keys) for name, value in self.fields}


@dataclass(frozen=True)
class Command:
    """One of Safelight's commands."""

    name: str
    arguments: tuple[str, ...] = ()


Act = Request | Command


def request(path: str, *, file: bool = False, expected: int = 200, **fields: str) -> Request:
    return Request(f"/{path}", tuple(fields.items()), file, expected)


def command(name: str, *arguments: str) -> Command:
    return Command(name, arguments)
