"""Who may do what with the files of a file handler: a small object, or no more than the function that says who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Permissions(Protocol):
    """What a file handler asks, of the current request."""

    def owner(self) -> str | None:
        """Who is asking, as the ledger remembers who sent a file: a primary key as text, or what another service calls
        people, of any length; None or empty if nobody has signed in. Asked before anything of a body is read."""

    def may_upload(self, owner: str, /) -> bool: ...

    def may_see_all(self, owner: str, /) -> bool:
        """Whether `owner` sees files that others have sent; everybody does their own."""

    def may_delete_all(self, owner: str, /) -> bool:
        """Whether `owner` may delete files that others have sent; everybody may their own."""


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """Whoever is signed in sends files, and has nothing to do with those of others. `who` says who that is."""

    who: Callable[[], str | None]

    def owner(self) -> str | None:
        return self.who()

    def may_upload(self, owner: str, /) -> bool:
        return True

    def may_see_all(self, owner: str, /) -> bool:
        return False

    def may_delete_all(self, owner: str, /) -> bool:
        return False
