"""What holds for everything that passes an adapter's own saves by, whatever the adapter: no sweep deletes what a row
names; an audit tells exactly what differs, and mends it; then the next sweep leaves nothing that no row names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from safelight.audit import Audited, Kind

PAST_GRACE = timedelta(days=1, hours=1)


@dataclass(frozen=True)
class Bypass:
    """`do` makes rows, and then passes the adapter by; `found` is what an audit finds."""

    do: Callable[..., None]
    found: dict[Kind, int]

    def __str__(self) -> str:
        return self.do.__name__


class World(Protocol):
    """An app with a database and a storage."""

    def files(self) -> set[str]: ...

    def named(self) -> set[str]:
        """Of the files that the ledger knows, those that rows name."""

    def sweep_in(self, period: timedelta) -> object: ...

    def audit(self, **options: bool) -> Audited: ...

    def exit_code(self, *options: str) -> int:
        """Of the command."""


def check(world: World, bypass: Bypass) -> None:
    world.sweep_in(PAST_GRACE)
    assert world.named() <= world.files(), f"after {bypass}, a sweep has deleted what a row names"

    found = world.audit(storage=True).found
    assert {kind: some.number for kind, some in found.items()} == bypass.found, bypass
    assert world.exit_code() == bool(bypass.found), bypass

    assert world.exit_code("--repair") == 0, bypass
    world.sweep_in(2 * PAST_GRACE)
    assert world.files() == world.named(), f"after {bypass}, a file is lost or left behind"

    assert world.exit_code("--storage") == 0, bypass


def cascade(dialect: str, child: str, parent: str, column: str, constraint: str) -> list[str]:
    """What deletes all rows of a table and, without the adapter, those of its children: in SQL, and undone again."""
    if dialect == "sqlite":  # which changes no constraint of a table that is there
        trigger = f"BEFORE DELETE ON {parent} BEGIN DELETE FROM {child} WHERE {column} = OLD.id; END"
        return [f"CREATE TRIGGER cascading {trigger}", f"DELETE FROM {parent}", "DROP TRIGGER cascading"]
    drop = f'ALTER TABLE {child} DROP CONSTRAINT "{constraint}"'
    add = f'ALTER TABLE {child} ADD CONSTRAINT "{constraint}" FOREIGN KEY ({column}) REFERENCES {parent}'
    return [drop, f"{add} ON DELETE CASCADE", f"DELETE FROM {parent}", drop, add]
