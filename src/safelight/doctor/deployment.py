"""A deployment as an adapter tells of it, and what there is to examine in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from ..errors import ConfigurationError
from ..policy import Policy
from ..protocols import Storage, Sweepable
from ..storage import DiskStorage
from . import bodies, cors, database, disk, installation, leftovers, storage, temporary
from .bodies import Limit
from .cors import Cors
from .finding import Examination, Finding, error, reason


def _nothing() -> Iterator[Finding]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Deployment:
    """
    names:    of the storages that uploads go to, which are tried
    storages: by their names; one that cannot be made raises when it is asked for
    ledger:   on which each step is a transaction of its own
    grace:    how long a file is kept that nothing refers to
    sweep:    the command that deletes it then
    owner:    the command that says whose the files are
    policies: those that can be seen
    fields:   what bounds the part of a body that is no file
    body:     what bounds the whole of it; None if the framework has no such limit
    database: None where the ledger is in none
    checks:   of the framework's own, or of the adapter
    intake:   more on how bodies are read
    cors:     what pages of other origins may do; None if nothing is known
    wiring:   more on what answers those pages
    folder:   in which folder a storage has its files, if it is one
    others:   folders for temporary files besides Python's own, each behind the setting that names it
    """

    names: Sequence[str]
    storages: Mapping[str, Storage]
    ledger: Sweepable
    grace: timedelta
    sweep: str
    owner: str
    policies: Sequence[Policy]
    fields: Limit
    body: Limit | None = None
    database: database.Database | None = None
    checks: Callable[[], Iterable[Finding]] | None = None
    intake: Callable[[], Iterable[Finding]] = _nothing
    cors: Callable[[], Cors | None] = lambda: None
    wiring: Callable[[], Iterable[Finding]] = _nothing
    folder: Callable[[Storage], Path | None] = disk.folder_of
    others: Sequence[tuple[str, str]] = ()


def examinations(site: Deployment) -> Iterator[Examination]:
    """In the order in which one thing rests on another."""
    if site.checks is not None:
        yield Examination("Settings", site.checks)
    if site.database is not None:
        yield Examination("Database", partial(database.examine, site.database))
    yield Examination("Ledger", partial(_ledger, site))
    for name in site.names:
        yield Examination(f"Storage {name!r}", partial(_storage, site, name))
    yield Examination("Temporary files", partial(temporary.examine, site.policies, *site.others))
    yield Examination("Bodies", partial(_bodies, site))
    yield Examination("Other origins", partial(_cors, site))


def _ledger(site: Deployment) -> Iterator[Finding]:
    try:
        yield from installation.examine(site.ledger, site.storages, site.owner)
        yield from leftovers.examine(site.ledger, site.grace, site.sweep)
    except Exception as failure:
        yield error(f"It cannot be asked: {reason(failure)}.", "Mend the database first.")


def _storage(site: Deployment, name: str) -> Iterator[Finding]:
    try:
        tried = site.storages[name]
    except KeyError:
        yield error(
            "There is no such storage, and a policy names it.", "Configure it, or correct the policy's storage."
        )
        return
    except ConfigurationError as wrong:
        yield error(f"{wrong}.", "Correct the setting, and restart the app.")
        return
    except Exception as failure:  # a backend of others that is not installed, or takes other options
        yield error(f"It cannot be made: {reason(failure)}.", "Correct the setting, and restart the app.")
        return
    folder = site.folder(tried)
    with disk.as_it_was(folder):
        yield from storage.examine(name, tried, site.ledger, _origins(site))
        if folder is not None and os.path.isdir(folder):  # Path's own raises in front of a closed door
            yield from disk.examine(folder, site.policies)
            if isinstance(tried, DiskStorage):
                yield from disk.linked(name, tried, site.ledger)


def _origins(site: Deployment) -> Sequence[str]:
    try:
        allowed = site.cors()
    except Exception:  # which is told where it is examined
        return ()
    return allowed.origins if allowed else ()


def _bodies(site: Deployment) -> Iterator[Finding]:
    yield from bodies.examine(site.policies, body=site.body, fields=site.fields)
    yield from site.intake()


def _cors(site: Deployment) -> Iterator[Finding]:
    yield from cors.examine(site.cors())
    yield from site.wiring()
