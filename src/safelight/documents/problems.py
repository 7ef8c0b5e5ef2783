"""Problems: what can be wrong with a document, in sentences that the person who fills in the form can act on.

`SENTENCES` has all of them, by code, so that an adapter can translate them. No sentence repeats the value: it may be a
file of some megabytes, and its author sees it anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .paths import Steps, join

SENTENCES: Final = {
    "required": "This field is required.",
    "not_string": "This must be text.",
    "not_number": "This must be a number.",
    "not_integer": "This must be a whole number.",
    "not_boolean": "This must be yes or no.",
    "not_array": "This must be a list.",
    "not_object": "This must be a group of fields.",
    "not_null": "This must be empty.",
    "no_match": "This is none of what may stand here.",
    "choice": "Choose one of these: {choices}.",
    "const": "This value is fixed: {value}.",
    "too_short": "Too short: {actual} characters, at least {limit} are needed.",
    "too_long": "Too long: {actual} characters, at most {limit} are allowed.",
    "pattern": "This does not have the form that is asked for: {pattern}",
    "too_small": "This must be {limit} or more.",
    "too_large": "This must be {limit} or less.",
    "not_above": "This must be more than {limit}.",
    "not_below": "This must be less than {limit}.",
    "not_multiple": "This must be a multiple of {step}.",
    "too_few": "Too few entries: {actual}, at least {limit} are needed.",
    "too_many": "Too many entries: {actual}, at most {limit} are allowed.",
    "not_unique": "The same entry stands above already.",
    "unexpected": "There is no field of this name: {name}",
    "bad_name": "A name must not be empty, nor have a “§” in it.",
    "bad_email": "Write an email address, such as name@example.com.",
    "bad_date": "Write a date, such as 2026-11-20.",
    "bad_time": "Write a time, such as 16:30.",
    "bad_date_time": "Write a date and time, such as 2026-11-20T16:30:00Z.",
    "bad_uri": "Write a whole address, such as https://example.com/.",
    "bad_color": "Choose a colour, such as #8a2be2.",
    "bad_file": "Choose a file.",
    "read_only": "This cannot be changed.",
    "too_deep": "The document is nested more than {limit} deep.",
}
"""By code; words in braces are among a problem's numbers."""


@dataclass(frozen=True, slots=True)
class DocumentError:
    """One thing that is wrong with a document. `steps` lead to the value, or to where it is missing.

    `numbers` are what the sentence says, and of a change to a read-only value (`was`) what to put there again: nothing,
    if that is not among them.
    """

    steps: Steps
    code: str
    numbers: Mapping[str, object] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return join(self.steps)

    @property
    def message(self) -> str:
        return SENTENCES[self.code].format(**self.numbers)
