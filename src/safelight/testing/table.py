"""Rows in memory that name files, as an audit compares a ledger with: whatever database the ledger is in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from ..audit import Page, Still
from ..blob import Reference
from ..policy import FILES, Policy
from ..protocols import Auditable, Entry

ANY = Policy("any", types=FILES)


class Table:
    """``table.rows["7"] = {"c": key}``: a `safelight.audit.Rows` of one table, ``a.b``, with the columns c and d; and
    e, which nobody follows."""

    name = "a.b"

    def __init__(self, ledger: Auditable) -> None:
        self.rows: dict[str, dict[str, str]] = {}
        self.before_still: Callable[[], object] = lambda: None
        """Called when a row is about to be mended."""
        self.after_still: Callable[[], object] = lambda: None
        """Called when the row was read, and before its files are locked."""
        self._ledger = ledger

    def place(self, row: str, field: str = "c") -> Reference:
        return Reference(self.name, row, field)

    def save(self, row: str, key: str) -> None:
        """As an app does it."""
        self.rows[row] = {"c": key}
        self._ledger.attach(key, self.place(row))

    def holders(self) -> list[str]:
        return [self.name]

    def count(self, holder: str) -> int:
        return len(self.rows)

    def page(self, holder: str, *, limit: int, after: str = "") -> Page | None:
        found = sorted(row for row in self.rows if row > after)[:limit]
        return Page({row: self._names(row) for row in found}, found[-1]) if found else None

    def there(self, holder: str, rows: Collection[str]) -> set[str]:
        return self.rows.keys() & set(rows)

    @contextmanager
    def still(self, holder: str, row: str) -> Iterator[Still]:
        self.before_still()

        def names() -> set[Entry] | None:
            found = self._names(row) if row in self.rows else None
            self.after_still()
            return found

        with self._ledger.transaction() as ledger:
            yield Still(ledger, names)

    def is_followed(self, place: Reference) -> bool:
        return place.holder == self.name and place.field in ("c", "d")

    def has_column(self, place: Reference) -> bool:
        return self.is_followed(place) or (place.holder, place.field) == (self.name, "e")

    def named(self, keys: Collection[str]) -> set[str]:
        return {key for row in self.rows.values() for key in row.values()}.intersection(keys)

    def policy(self, place: Reference) -> Policy:
        return ANY

    def storages(self) -> set[str]:
        return {"default"}

    def _names(self, row: str) -> set[Entry]:
        followed = {field: key for field, key in self.rows[row].items() if field != "e"}
        return {(key, self.place(row, field)) for field, key in followed.items()}
