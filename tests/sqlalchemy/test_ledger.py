"""The ledger in SQLAlchemy's SQL keeps its rules on every database, and its intents whatever becomes of the caller's
transaction."""

from collections.abc import Iterator

import pytest
from pymysql.err import OperationalError as Lost
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from tests.sqlalchemy.models import TABLES

from safelight import Blob
from safelight.blob import State
from safelight.sqlalchemy.ledger import SqlLedger
from safelight.testing import ClaimConformance, ClaimRaceConformance, LedgerConformance, SweepConformance

DATABASES = ["memory_engine", "sqlite_engine", "begun_sqlite_engine", "postgresql_engine", "mariadb_engine"]
REAL_TRANSACTIONS = ["memory_engine", "begun_sqlite_engine", "postgresql_engine"]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


class TestOnAnEngine(LedgerConformance, ClaimConformance):
    """Each step is a transaction of its own."""

    @pytest.fixture(autouse=True)
    def ledger(self, database: Engine) -> None:
        self.make_ledger = lambda: SqlLedger(TABLES, database)


@pytest.mark.parametrize("step", ["intend", "ready", "forget", "adopt"])
def test_a_step_that_loses_a_deadlock_is_done_once_more(step: str, memory_engine: Engine):
    told: list[str] = []

    def lose(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            told.append(statement)
            if len(told) == 1:
                raise Lost(1213, "Deadlock found when trying to get lock; try restarting transaction")

    ledger, key = SqlLedger(TABLES, memory_engine), "2026/11/26/a.png"
    blob = Blob(key, "default", "image/png", 1, "ab" * 32)
    if step in ("ready", "forget"):
        ledger.intend(key, "default")
    event.listen(memory_engine, "before_cursor_execute", lose)
    getattr(ledger, step)(*{"intend": (key, "default"), "forget": (key,)}.get(step, (blob,)))
    lost, repeated = told
    assert lost == repeated
    assert ledger.states([key]) == {"intend": {key: State.INTENT}, "forget": {}}.get(step, {key: State.READY})


class TestManyAtOnce(ClaimRaceConformance):
    @pytest.fixture(autouse=True)
    def ledger(self, engine: Engine) -> None:
        self.make_ledger = lambda: SqlLedger(TABLES, engine)


class TestInASession(LedgerConformance):
    """All steps are part of its open transaction, but for those that must not be."""

    @pytest.fixture(autouse=True)
    def ledger(self, database: Engine) -> Iterator[None]:
        with Session(database) as session, session.begin():
            session.connection()
            self.make_ledger = lambda: SqlLedger(TABLES, session)
            yield


class TestInASessionWithoutATransaction(LedgerConformance, ClaimConformance):
    @pytest.fixture(autouse=True, params=[name for name in DATABASES if name != "mariadb_engine"])
    def ledger(self, request: pytest.FixtureRequest) -> Iterator[None]:
        with Session(request.getfixturevalue(request.param)) as session:
            self.make_ledger = lambda: SqlLedger(TABLES, session)
            yield
            assert not session.in_transaction()


class TestSweeping(SweepConformance):
    @pytest.fixture(autouse=True)
    def ledger(self, database: Engine) -> None:
        self.make_ledger = lambda: SqlLedger(TABLES, database)


class Rollback:
    """A session as tests have it: in a transaction that is rolled back at the end."""

    @pytest.fixture(autouse=True, params=REAL_TRANSACTIONS)
    def ledger(self, request: pytest.FixtureRequest) -> Iterator[None]:
        database = request.getfixturevalue(request.param)
        with database.connect() as connection:
            outer = connection.begin()
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                self.make_ledger = lambda: SqlLedger(TABLES, session)
                yield
            outer.rollback()
        with database.connect() as connection:
            assert connection.execute(TABLES.blob.select()).all() == []


class TestInARollbackFixture(Rollback, LedgerConformance, ClaimConformance):
    pass


class TestSweepingInARollbackFixture(Rollback, SweepConformance):
    pass
