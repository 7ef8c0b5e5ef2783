"""The ledger in SQL keeps its rules on every database, and its intents whatever becomes of the caller's transaction."""

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from tests.django.suites import OnDjango, OnEachDatabase, OnMariadb

from safelight import Blob
from safelight.django import models
from safelight.django.ledger import DjangoLedger
from safelight.errors import IntentExpired
from safelight.keys import new_key
from safelight.side_file import SideFile
from safelight.testing import ClaimConformance, ClaimRaceConformance, LedgerConformance

READY, INTENT = models.Blob.State.READY, models.Blob.State.INTENT


class Conformance(OnDjango, LedgerConformance):
    pass


@pytest.fixture
def open_transaction():
    with transaction.atomic():
        yield


@pytest.mark.usefixtures("transactional_db")
class TestInMemory(Conformance, ClaimConformance):
    pass


@pytest.mark.usefixtures("transactional_db", "open_transaction")
class TestInMemoryInsideTransaction(Conformance):
    pass


class TestConformance(OnEachDatabase, LedgerConformance, ClaimConformance):
    pass


@pytest.mark.usefixtures("each_database", "open_transaction")
class TestOnEachDatabaseInsideTransaction(Conformance):
    pass


class TestMariadb(OnMariadb, LedgerConformance, ClaimConformance):
    pass


@pytest.mark.usefixtures("mariadb_database", "open_transaction")
class TestMariadbInsideTransaction(Conformance):
    pass


class ManyAtOnce(OnDjango, ClaimRaceConformance):
    def leave(self) -> None:
        connections.close_all()


@pytest.mark.usefixtures("each_database")
class TestManyAtOnceOnEachDatabase(ManyAtOnce):
    pass


@pytest.mark.usefixtures("mariadb_database")
class TestManyAtOnceOnMariadb(ManyAtOnce):
    pass


# --- beyond conformance ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("step", ["intend", "ready", "forget", "adopt"])
def test_a_step_that_loses_a_deadlock_is_done_once_more(step):
    told = []

    def lose(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and models.Blob._meta.db_table in sql:
            told.append(sql)
            if len(told) == 1:
                raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")
        return execute(sql, params, many, context)

    ledger, key = DjangoLedger("default"), fresh_key()
    if step in ("ready", "forget"):
        ledger.intend(key, "default")
    given = {"intend": (key, "default"), "forget": (key,)}.get(step, (facts(key),))
    with connection.execute_wrapper(lose):
        getattr(ledger, step)(*given)
    lost, repeated = told
    assert lost == repeated
    assert states() == {"intend": {key: INTENT}, "forget": {}}.get(step, {key: READY})


def fresh_key() -> str:
    return new_key("tests", "png", datetime.now(UTC))


def facts(key: str) -> Blob:
    return Blob(key, "default", "image/png", 1, "ab" * 32, 1, 1)


def keep(key: str) -> None:
    ledger = DjangoLedger("default")
    ledger.intend(key, "default")
    ledger.ready(facts(key))


def states() -> dict[str, str]:
    return dict(models.Blob.objects.values_list("key", "state"))


def roll_back(key: str) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        keep(key)
        raise ZeroDivisionError


def side_intents(path) -> list[str]:
    return [key for key, _, _ in SideFile(str(path)).intents()]


class TestSideFile:
    """SQLite has one writer: an intent inside a transaction lies beside the database."""

    def test_holds_the_intent_after_a_rollback(self, file_database):
        key = fresh_key()
        roll_back(key)
        assert side_intents(file_database) == [key]
        assert states() == {}

    def test_is_empty_after_a_commit(self, file_database):
        key = fresh_key()
        with transaction.atomic():
            keep(key)
            assert side_intents(file_database) == [key], "until the commit it is the only trace of the bytes"
        assert side_intents(file_database) == []
        assert states() == {key: READY}

    def test_that_fails_to_forget_fails_no_commit(self, file_database, monkeypatch, caplog):
        def broken(side: SideFile, key: str) -> None:
            raise OSError("no space left")

        monkeypatch.setattr(SideFile, "discard", broken)
        with transaction.atomic():
            keep(key := fresh_key())
        assert (states(), side_intents(file_database)) == ({key: READY}, [key])
        assert "no space left" in caplog.text

    def test_is_not_made_without_a_transaction(self, file_database):
        DjangoLedger("default").intend(key := fresh_key(), "default")
        assert states() == {key: INTENT}
        assert not file_database.with_name(file_database.name + "-safelight").exists()

    def test_holds_the_intent_after_a_savepoint_was_rolled_back(self, file_database):
        kept, lost = fresh_key(), fresh_key()
        with transaction.atomic():
            keep(kept)
            roll_back(lost)
        assert side_intents(file_database) == [lost]
        assert states() == {kept: READY}

    def test_holds_it_after_a_savepoint_by_hand_too(self, file_database):
        """Of whose end Django tells nobody."""
        with transaction.atomic():
            savepoint = connection.savepoint()
            keep(key := fresh_key())
            connection.savepoint_rollback(savepoint)
        assert side_intents(file_database) == [key]

    def test_is_forgotten_with_the_intent(self, file_database):
        ledger, key = DjangoLedger("default"), fresh_key()
        with transaction.atomic():
            ledger.intend(key, "default")
            ledger.forget(key)
        assert side_intents(file_database) == []
        with pytest.raises(IntentExpired):
            ledger.ready(facts(key))

    def test_serves_transactions_that_are_managed_by_hand(self, file_database):
        committed, lost = fresh_key(), fresh_key()
        transaction.set_autocommit(False)
        try:
            keep(committed)
            transaction.commit()
            keep(lost)
            transaction.rollback()
        finally:
            transaction.set_autocommit(True)
        assert states() == {committed: READY}
        assert lost in side_intents(file_database)

    def test_does_not_lock_out_another_writer_for_long(self, file_database):
        """The intent is committed at once; the database itself belongs to whoever has the transaction."""
        with transaction.atomic():
            keep(fresh_key())
            other = threading.Thread(target=SideFile(str(file_database)).add, args=("another", "default"))
            other.start()
            other.join(5)
            assert not other.is_alive()
        assert side_intents(file_database) == ["another"]


@pytest.mark.usefixtures("postgresql_database")
class TestBeside:
    """PostgreSQL: an intent inside a transaction is committed on a connection of its own."""

    def test_the_intent_survives_a_rollback(self):
        key = fresh_key()
        roll_back(key)
        assert states() == {key: INTENT}

    def test_the_blob_is_ready_after_a_commit(self):
        key = fresh_key()
        with transaction.atomic():
            keep(key)
        assert states() == {key: READY}

    def test_the_connection_is_closed(self):
        with transaction.atomic():
            keep(fresh_key())
            DjangoLedger("default").forget(fresh_key())
            assert other_sessions() == 0
        assert "default-safelight" not in connections.settings
        assert [each.alias for each in connections.all()] == ["default"]

    def test_the_connection_is_closed_after_an_error(self):
        keep(key := fresh_key())
        with transaction.atomic(), pytest.raises(DatabaseError):
            DjangoLedger("default").intend(key, "default")
        assert other_sessions() == 0

    def test_an_error_beside_leaves_the_callers_transaction_whole(self):
        taken, key = fresh_key(), fresh_key()
        keep(taken)
        with transaction.atomic():
            with suppress(DatabaseError):
                DjangoLedger("default").intend(taken, "default")
            keep(key)
        assert states() == {taken: READY, key: READY}

    def test_an_intent_can_be_made_and_forgotten_in_a_broken_transaction(self):
        ledger, kept, forgotten = DjangoLedger("default"), fresh_key(), fresh_key()
        with suppress(DatabaseError), transaction.atomic():
            with suppress(DatabaseError):
                connection.cursor().execute("SELECT no_such_column")
            ledger.intend(kept, "default")
            ledger.intend(forgotten, "default")
            ledger.forget(forgotten)
            ledger.ready(facts(kept))  # fails, as any statement in this transaction does
        assert states() == {kept: INTENT}

    def test_serves_transactions_that_are_managed_by_hand(self):
        transaction.set_autocommit(False)
        try:
            keep(key := fresh_key())
            transaction.rollback()
        finally:
            transaction.set_autocommit(True)
        assert states() == {key: INTENT}

    def test_forgetting_does_not_wait_for_the_callers_own_transaction(self):
        """It would wait for ever: the caller is who waits. (Here a lock_timeout ends it.)"""
        with transaction.atomic():
            keep(key := fresh_key())
            DjangoLedger("default").forget(key)
        assert states() == {key: READY}


def other_sessions() -> int:
    """Connections besides this one, as soon as those that were closed have ended."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 5
    while True:
        with connection.cursor() as cursor:
            # Inside a transaction the view would show again what it showed first.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            [count] = cursor.fetchone()
        if not count or time.monotonic() > deadline:
            return count
        time.sleep(0.01)
