"""What the proof asks of a web framework and its ORM: a small site, its commands, and its ledger. All else (what is
done to it, what is counted, what is made wrong) is the same for all.

A site answers a POST to ``/<action>``, with form fields and perhaps a file, and all of it in one transaction to
``/atomic/<action>``, as Django's admin and ATOMIC_REQUESTS do; to ``/once/<action>`` as it does to requests that may be
repeated (`safelight.idempotency`):

=============  ========================================================================================
create         a row with a title and a file
share          a row that names a key
replace        another file for the row with that title
delete         the row with that title; of titles with a comma between them, one after the other
past           a row with a file of which the ledger is not told, as by a fixture or another program
keep           a file without a row; answers its key
write          the document with that title becomes this one
copy           a second document like the one with that title
remove         the document with that title is deleted
broken         a row with a file, another file for the row "mine", and then everything is rolled back
choose         a document of all that a library offers: what is ready, and nothing refers to
press          the delete button, of the file with that key
swap           the rows with these two titles exchange their files
clear          the rows with these two titles are deleted by one statement
bulk           the row with that title gets, by an UPDATE, the file of another one, where the ledger does not follow it;
               else that with the key: what is refused is committed all the same
nested         another file for the row with that title, and the delete button, in a savepoint that is rolled back; then
               another row names the key
by_hand        the same, of a savepoint of whose end nobody is told
=============  ========================================================================================

The answer is 200, 404 for a row that is not there, 409 for what cannot be done (the title is taken, the file is in
use), 503 for a storage that fails or is too slow, and for a database that somebody else has locked for too long.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from faults.backends import Backend
from faults.fuse import Fuse

from safelight.protocols import Storage

NAMES = ("django", "sqlalchemy")
TITLES = {"django": "Django", "sqlalchemy": "SQLAlchemy, Flask"}
SCHEMA = {
    "type": "object",
    "keys": {
        "cover": {"type": "string", "format": "file-url"},
        "gallery": {"type": "array", "items": {"type": "string", "format": "file-url"}},
    },
}


class Stack(Protocol):
    ledger: type
    """Of which mutants change the methods."""
    look: type
    column: str
    """Whose files a command adopts, as it is told."""

    def prepare(self) -> None:
        """Make the tables. All methods are called in processes that are forked for them."""

    def application(self) -> Any:
        """A WSGI application."""

    def command(self, name: str, *arguments: str) -> None:
        """Run one of Safelight's commands, as from a shell."""

    def storages(self) -> Mapping[str, Storage]:
        """By the names that the ledger has for them."""

    def light(self, fuse: Fuse) -> None:
        """Let every statement and COMMIT pass `fuse`."""

    def execute(self, ledger: Any, sql: str, *parameters: object) -> int:
        """Run a statement where the ledger runs its own. Returns how many rows it changed, or found. Parameters are
        ``%s``."""


def load(name: str, backend: Backend) -> Stack:
    module = import_module(f"faults.{name}_stack")
    stack: Stack = module.load(backend)
    return stack
