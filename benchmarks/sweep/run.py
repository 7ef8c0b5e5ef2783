"""What a sweep costs where ten million files are fine and a thousand are free, on PostgreSQL.

    python3 dev.py bench sweep [--blobs N] [--free N] [--documents N]

Times are of the wall clock, medians of 20; the plan is the database's own. The look at columns and documents, whose
cost follows other tables than the ledger's, is told apart. Nothing here passes or fails on timing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.services.postgresql import postgresql  # noqa: E402

ROUNDS = 20
GRACE = timedelta(hours=24)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--blobs", type=int, default=10_000_000)
    parser.add_argument("--free", type=int, default=1_000)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--nodes", type=int, default=3, help="sweeps that run at once")
    options = parser.parse_args()
    with postgresql() as database, tempfile.TemporaryDirectory(prefix="safelight-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "gallery.settings",
            "GALLERY_DATABASE": database,
            "GALLERY_MEDIA": folder,
        }
        import django

        django.setup()
        measure(options, Path(folder))


def measure(options: argparse.Namespace, media: Path) -> None:
    import rows
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    fill(options, rows)
    free = rows.make_free(options.free, media)
    report_candidates()
    for nodes in (1, options.nodes):
        print(f"\n{nodes} sweep{'s at once' * (nodes > 1)}, {options.free:,} files to delete:\n")
        begin = time.monotonic()
        for said in sweeps(nodes):
            print(said)
        print(f"All in {time.monotonic() - begin:.1f} s, with the start of Python and Django.")
        print(f"Left on the disk: {rows.left(free, media)}.")
        free = rows.make_free(options.free, media)


def fill(options: argparse.Namespace, rows: Any) -> None:
    begin = time.monotonic()
    with rows.without_indexes():
        for done in rows.make_fine(options.blobs):
            print(f"\r{done:,} of {options.blobs:,} files", end="", flush=True, file=sys.stderr)
        rows.make_documents(options.documents)
    print(f", made in {time.monotonic() - begin:.0f} s", file=sys.stderr)


def report_candidates() -> None:
    """The statement by which a sweep finds what may have to go: Django's, and SQLAlchemy's on the same tables."""
    import sqlalchemy
    from django.db import connection

    from safelight.blob import State
    from safelight.django.ledger import DjangoLedger
    from safelight.sqlalchemy import SqlLedger, Tables

    before = datetime.now(UTC) - GRACE
    url = os.environ["GALLERY_DATABASE"].replace("postgres://", "postgresql+psycopg://")
    engine = sqlalchemy.create_engine(url)
    ledgers = {"Django": DjangoLedger("default"), "SQLAlchemy": SqlLedger(Tables.of(sqlalchemy.MetaData()), engine)}
    print("| candidates | found | median | slowest |\n| --- | --- | --- | --- |")
    for name, ledger in ledgers.items():
        for state in (State.READY, State.INTENT, State.DELETING, State.DELETED):
            ask = lambda ledger=ledger, state=state: ledger.aged(state, before, limit=500)  # noqa: E731
            times = [seconds(ask) for _ in range(ROUNDS)]
            found = ledger.count(state, before)
            print(f"| {name}, {state} | {found:,} | {1000 * median(times):.1f} ms | {1000 * max(times):.1f} ms |")
    engine.dispose()
    with statements(connection) as seen:
        ledgers["Django"].aged(State.READY, before, limit=500)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {seen[0][0]}", seen[0][1])
        print("\n```\n" + "\n".join(line for (line,) in cursor.fetchall()) + "\n```")


@contextmanager
def statements(connection: Any) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def sweeps(nodes: int) -> list[str]:
    """What each of so many processes says, which begin together."""
    command = [sys.executable, str(Path(__file__).with_name("node.py"))]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(nodes)]
    told = []
    for process in running:
        said, _ = process.communicate()
        told.append(f"{said}exit code {process.returncode}\n")
    return told


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
