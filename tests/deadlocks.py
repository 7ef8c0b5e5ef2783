"""A real deadlock, which the transaction under test always loses; and saves that may lose one, as an app repeats it."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TypeVar

import psycopg
import pymysql

from safelight.contention import was_undone

Run = Callable[[str], Sequence[object] | None]
"""One statement in the transaction under test, and the first row of what it says."""

_WAITING = {
    "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted",
    # Not innodb_trx, which shows the same for as long as it is looked at.
    "mysql": "SELECT variable_value + 0 FROM information_schema.global_status "
    "WHERE variable_name = 'Innodb_row_lock_current_waits'",
}
_PATIENCE = 20  # seconds

T = TypeVar("T")


def saved(save: Callable[[], T], vendor: str) -> T:
    """`save`, once more for as long as InnoDB ends it by a deadlock, which is for an app to do. In every other database
    one would be a fault: whoever changes several blobs locks them in one order."""
    while True:
        try:
            return save()
        except Exception as error:
            if vendor not in ("mysql", "mariadb") or not was_undone(error):
                raise


@contextmanager
def rival(vendor: str, port: int, user: str, database: str, key: str) -> Iterator[Callable[[Run], None]]:
    """Another transaction, which has done much. What comes back is to be called within one that has locked the blob
    `key`: the rival waits for that, and the caller for the rival, until the database ends the caller's."""
    with closing(_connect(vendor, port, user, database)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bait (number INTEGER PRIMARY KEY)")
        cursor.execute(f"INSERT INTO bait VALUES {', '.join(f'({number})' for number in range(100))}")
        connection.commit()
        if vendor == "postgresql":  # of two that wait it ends the one that is first to look
            cursor.execute("SET deadlock_timeout = '60s'")
        cursor.execute("UPDATE bait SET number = number + 1000")  # MySQL ends the one that has done less

        def want() -> None:
            cursor.execute("SELECT 1 FROM safelight_blob WHERE safelight_blob.key = %s FOR UPDATE", [key])
            connection.rollback()

        wanted: list[Future[None]] = []

        def close(run: Run) -> None:
            wanted.append(pool.submit(want))
            until = time.monotonic() + _PATIENCE
            while run(_WAITING[vendor]) == (0,) and time.monotonic() < until:
                time.sleep(0.01)
            if vendor == "postgresql":
                run("SET LOCAL deadlock_timeout = '10ms'")
            run("UPDATE bait SET number = 0 WHERE number = 1")

        try:
            with ThreadPoolExecutor(1) as pool:
                yield close
            for each in wanted:
                each.result()
        finally:
            connection.rollback()
            cursor.execute("DROP TABLE bait")
            connection.commit()


def _connect(vendor: str, port: int, user: str, database: str) -> psycopg.Connection | pymysql.Connection:
    if vendor == "postgresql":
        return psycopg.connect(host="127.0.0.1", port=port, user=user, dbname=database)
    return pymysql.connect(host="127.0.0.1", port=port, user=user, database=database)
