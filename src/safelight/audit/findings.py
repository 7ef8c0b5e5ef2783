"""What an audit finds: each difference, and the sum of them, which needs no more memory for a million than for ten."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ..blob import Reference
from ..failures import SHOWN, Failure


class Kind(StrEnum):
    """How rows, references and storage can differ."""

    MISSING = "missing reference"
    """A row names a file, and the ledger does not know. It is attached."""
    STALE = "stale reference"
    """The ledger knows of a place that does not name the file any more, or is gone. It is released."""
    UNFOLLOWED = "unfollowed reference"
    """Its column is there, and nobody follows any more what it names. The file stays; nothing is to be done."""
    AGELESS = "ageless file"
    """Nothing refers to it, and it does not age: no sweep would ever meet it. Its grace starts now."""
    UNREGISTERED = "unregistered file"
    """A row names it, its bytes are there, and the ledger has no row. It is verified, and gets one."""
    LOST = "lost file"
    """A row names it, and it is no file of the ledger. Nothing can mend that."""
    GONE = "missing bytes"
    """The ledger calls it ready, and its storage has nothing. Nothing can mend that."""
    DAMAGED = "other bytes"
    """Its storage has more or fewer bytes than were stored. Nothing can mend that."""
    STRAY = "stray bytes"
    """They lie in a storage under a key of ours, and no ledger knows. An intent is recorded: sweeps delete them."""


TOLD_ONLY = frozenset({Kind.UNFOLLOWED})
"""What is no difference that anybody would have to mend."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be; `place` and `storage` where they matter."""

    kind: Kind
    key: str
    place: Reference | None = None
    storage: str = ""
    mended: bool = False


@dataclass(slots=True)
class Found:
    """All differences of one kind."""

    number: int = 0
    mended: int = 0
    examples: list[Difference] = field(default_factory=list)


@dataclass(slots=True)
class Audited:
    """What an audit found, and mended."""

    found: dict[Kind, Found] = field(default_factory=dict)
    examined: int = 0
    """Rows, references, files, and names in storages that were looked at."""
    expected: int = 0
    """How many of the first three there are, if they were counted."""
    busy: int = 0
    """Rows that somebody else was changing: what is wrong with them is left to the next audit."""
    goes_on: tuple[str, str] | None = None
    """Where the next one goes on: what it looks at there, and after which. None at the end of a round."""
    unlistable: list[str] = field(default_factory=list)
    """Storages that cannot say what lies in them."""
    shared: list[str] = field(default_factory=list)
    """Storages that are another installation's as well: what only it knows looks there like what nobody knows."""
    failures: list[Failure] = field(default_factory=list)

    @property
    def open(self) -> int:
        """Differences that are left."""
        return sum(found.number - found.mended for kind, found in self.found.items() if kind not in TOLD_ONLY)

    @property
    def complete(self) -> bool:
        """Whether nothing is wrong any more, as far as it has looked."""
        return not self.open and not self.failures

    def add(self, difference: Difference) -> None:
        found = self.found.setdefault(difference.kind, Found())
        found.number += 1
        found.mended += difference.mended
        if len(found.examples) < SHOWN:
            found.examples.append(difference)
