"""Problems: what can be wrong with a document, in sentences that the person who fills in the form can act on.

`SENTENCES` has all of them, by code, so that an adapter can translate them; the form in the browser has them out of the
same file. No sentence repeats the value: it may be a file of some megabytes, and its author sees it anyway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from ..words import Words
from .paths import Steps, join

SENTENCES: Final[dict[str, str]] = json.loads(files(__package__).joinpath("sentences.json").read_text("utf-8"))
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
    def message(self) -> Words:
        return Words(SENTENCES[self.code], **self.numbers)
