"""Attach and release, at the same time as others do: a blob is free exactly while nothing refers to it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from safelight import Blob, Reference
from safelight.django import models
from safelight.django.ledger import DjangoLedger
from safelight.errors import UnknownKey
from safelight.keys import new_key

READY = models.Blob.State.READY
ROW = Reference("gallery.picture", "1", "image")


def fresh_key() -> str:
    return new_key("tests", "png", datetime.now(UTC))


def store(key: str) -> None:
    ledger = DjangoLedger("default")
    ledger.intend(key, "default")
    ledger.ready(Blob(key, "default", "image/png", 1, "ab" * 32, 1, 1))


class Attaching:
    def test_attach_and_release_at_once(self):
        """Whatever the order: the blob is free exactly if nothing refers to it."""
        ledger, key = DjangoLedger("default"), fresh_key()
        store(key)

        def work(number: int) -> None:
            try:
                mine = Reference("gallery.picture", str(number), "image")
                for _ in range(10):
                    with transaction.atomic():
                        ledger.attach(key, mine)
                    with transaction.atomic():
                        ledger.release(key, mine)
                with transaction.atomic():
                    ledger.attach(key, mine)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, range(2)))
        assert {reference.row for reference in ledger.references(key)} == {"0", "1"}

    def test_attaching_marks_the_blob_as_used_and_releasing_as_free(self):
        ledger, key = DjangoLedger("default"), fresh_key()
        store(key)
        row = models.Blob.objects.get(key=key)
        ledger.attach(key, ROW)
        assert models.Blob.objects.get(key=key).free_since is None
        ledger.release(key, ROW)
        assert models.Blob.objects.get(key=key).free_since > row.free_since

    def test_a_blob_that_is_being_deleted_cannot_be_attached(self):
        store(key := fresh_key())
        models.Blob.objects.update(state=models.Blob.State.DELETING)
        with pytest.raises(UnknownKey):
            DjangoLedger("default").attach(key, ROW)


@pytest.mark.usefixtures("file_database")
class TestOnSqlite(Attaching):
    pass


@pytest.mark.usefixtures("postgresql_database")
class TestOnPostgresql(Attaching):
    def test_attach_waits_for_a_sweep_and_then_fails(self):
        """The sweep's UPDATE has hit the row; attach must not take its old look at it for true."""
        ledger, swept, attaching = DjangoLedger("default"), threading.Event(), threading.Event()
        store(key := fresh_key())

        def sweep() -> None:
            try:
                with transaction.atomic():
                    models.Blob.objects.filter(key=key, state=READY).update(state=models.Blob.State.DELETING)
                    swept.set()
                    attaching.wait(5)
                    threading.Event().wait(0.2)
            finally:
                connection.close()

        sweeper = threading.Thread(target=sweep)
        sweeper.start()
        swept.wait(5)
        attaching.set()
        with pytest.raises(UnknownKey):
            ledger.attach(key, ROW)
        sweeper.join()
