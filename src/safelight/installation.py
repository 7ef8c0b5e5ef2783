"""An installation is one database and the storages its files lie in: what a copy of the database is recognised by, so
that it deletes nothing of its original's.

A copy has all that the original has, its identity too. So the ledger keeps beside it the place, which says what
database it was when the identity was made. A dump that was loaded elsewhere, a file that was copied, a backup that was
restored is in another place. What is copied below the database (a snapshot of the disk under a whole PostgreSQL server)
is in the same one: nothing that can be asked of it is different.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_PLACE = 255
"""Characters in the columns of ledgers."""

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""One SQL statement without parameters, and all of its rows."""


@dataclass(frozen=True, slots=True)
class Installation:
    """`identity` is random, and what storages are marked with; `place` is where the database was when that was said."""

    identity: str
    place: str

    @classmethod
    def new(cls, place: str) -> Installation:
        return cls(str(uuid.uuid4()), place)


def place_of(vendor: str, ask: Ask) -> str:
    """Which database `ask` asks; `vendor` is what Django and SQLAlchemy call its kind. Empty for one in memory, which
    has no copies and is nobody's for long."""
    if vendor == "sqlite":
        place = _sqlite(ask)
    elif vendor == "postgresql":
        place = _postgresql(ask)
    elif vendor in ("mysql", "mariadb"):
        place = _mysql(ask)
    else:
        place = f"{vendor}, which tells no copies apart"
    return place if len(place) <= MAX_PLACE else f"{place[:200]}… {uuid.uuid5(uuid.NAMESPACE_URL, place)}"


def _sqlite(ask: Ask) -> str:
    path = next(file for _, name, file in ask("PRAGMA database_list") if name == "main")
    # By its number, too: what is put in its place under the same name is another file.
    return f"sqlite {os.path.realpath(path)} {os.stat(path).st_ino}" if path else ""


def _postgresql(ask: Ask) -> str:
    """The number of the server's data, which a standby that takes over has as well, and that of the database in it. Who
    may not know the first (anybody may, unless it was taken from them) is told by the database's name."""
    ((number, name, may_know),) = ask(
        "SELECT oid, datname, has_function_privilege(to_regprocedure('pg_control_system()'), 'execute') "
        "FROM pg_database WHERE datname = current_database()"
    )
    if not may_know:
        return f"postgresql {name} {number}"
    ((server,),) = ask("SELECT system_identifier FROM pg_control_system()")
    return f"postgresql {server} {number}"


def _mysql(ask: Ask) -> str:
    """MariaDB calls it server_uid, makes it of the network card and the port, and has none in old versions."""
    servers = ask("SHOW VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid')")
    ((database,),) = ask("SELECT DATABASE()")
    return " ".join(["mysql", *(value for _, value in servers), str(database)])
