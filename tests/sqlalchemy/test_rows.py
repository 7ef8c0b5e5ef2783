"""Rows as an audit reads them: whatever a primary key is, each is found again by what references call it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    TypeDecorator,
    Uuid,
    text,
)
from sqlalchemy.orm import Session
from tests.sqlalchemy.app import App
from tests.sqlalchemy.models import AVATARS, User

from safelight import Reference
from safelight.audit import Kind
from safelight.sqlalchemy import UploadKey, Uploads
from safelight.sqlalchemy.columns import row
from safelight.sqlalchemy.rows import SqlRows
from safelight.storage import MemoryStorage


class Riddle(TypeDecorator[object]):
    """Of which nobody says what it is in Python."""

    impl = String
    cache_ok = True

    @property
    def python_type(self) -> type[object]:
        raise NotImplementedError


KEYS = {
    "integers": ([Integer()], [(-1,), (2,), (10,)]),
    "texts": ([String()], [("a",), ("b§ü",), ("it's",)]),
    "longer texts": ([String()], [("%_" * 250 + end,) for end in ("", "1", "2")]),
    "uuids": ([Uuid()], [(UUID(int=number),) for number in (1, 2, 2**127)]),
    "uuids as text": ([Uuid(as_uuid=False)], [(str(UUID(int=number)),) for number in (1, 2, 2**127)]),
    "days": ([Date()], [(date(2026, 1, day),) for day in (1, 2, 3)]),
    "moments": ([DateTime()], [(datetime(2026, 1, 1, 12, 30, 1, at, UTC).replace(tzinfo=None),) for at in (0, 1, 2)]),
    "bytes": ([LargeBinary()], [(b"\0",), (b"a'",), (b"\xff",)]),
    "decimals": ([Numeric(8, 2)], [(Decimal("0.10"),), (Decimal("2.00"),), (Decimal("10.50"),)]),
    "of two": ([Integer(), String()], [(1, "a"), (1, "b, 'c'"), (2, "")]),
}


def made(engine: Engine, types: list[Any], identities: list[tuple[Any, ...]]) -> tuple[Uploads, Table]:
    metadata = MetaData()
    columns = [Column(f"k{at}", kind, primary_key=True) for at, kind in enumerate(types)]
    table = Table("thing", metadata, *columns, Column("image", UploadKey(AVATARS)))
    uploads = Uploads(metadata, {"default": MemoryStorage()})
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{f"k{at}": value for at, value in enumerate(each)} for each in identities])
    return uploads, table


@pytest.mark.filterwarnings("ignore:Dialect sqlite.* does .not. support Decimal")
@pytest.mark.parametrize("kind", KEYS)
def test_each_row_is_found_again(memory_engine: Engine, kind: str):
    types, identities = KEYS[kind]
    uploads, table = made(memory_engine, types, identities)
    names = [row(identity) for identity in identities]

    def rows() -> SqlRows:
        """As another process has them."""
        return uploads.rows(memory_engine)

    assert rows().there("thing", names) == set(names)
    pages = [rows().page("thing", limit=1, after=after) for after in ("", *names)]
    assert [list(page.rows) if page else [] for page in pages] == [*([name] for name in names), []]
    with memory_engine.begin() as connection:
        connection.execute(table.delete())
    assert rows().there("thing", names) == set()


def test_rows_that_nobody_can_tell_apart_count_as_there(memory_engine: Engine):
    long = "x" * 500
    uploads, _ = made(memory_engine, [Integer(), String()], [(1, long), (1, long + "y")])
    rows = uploads.rows(memory_engine)
    name = row((1, long + "z"))
    assert rows.there("thing", [name]) == {name}
    first = rows.page("thing", limit=1)
    assert list(rows.page("thing", limit=1, after=first.last).rows) == [row((1, long + "y"))]


def test_nor_those_whose_keys_are_a_riddle(memory_engine: Engine):
    uploads, _ = made(memory_engine, [Riddle()], [("a",), ("b",)])
    rows = uploads.rows(memory_engine)
    assert rows.there("thing", ["a", "gone"]) == {"a", "gone"}
    first = rows.page("thing", limit=1)
    assert list(rows.page("thing", limit=1, after=first.last).rows) == ["b"]


def test_a_table_that_only_the_database_knows_keeps_its_files(app: App):
    with app.engine.begin() as connection:
        connection.execute(text("CREATE TABLE retired (id integer, image varchar(100))"))
    ledger = app.uploads.ledger(app.engine)
    places = [Reference(*place) for place in (("retired", "1", "image"), ("retired", "1", "x"), ("user", "1", "name"))]
    with app.Session.begin() as session:
        key = app.accept(session).key
    for place in places:
        ledger.attach(key, place)
    try:
        told = app.uploads.audit(app.engine, repair=True)
        assert {kind: some.number for kind, some in told.found.items()} == {Kind.UNFOLLOWED: 1, Kind.STALE: 2}
        assert ledger.references(key) == places[:1]
    finally:
        with app.engine.begin() as connection:
            connection.execute(text("DROP TABLE retired"))


def test_an_audit_does_not_run_inside_a_transaction(app: App):
    with app.Session.begin() as session:
        session.get(User, 1)
        with pytest.raises(RuntimeError, match="An audit commits each of its steps"):
            app.uploads.audit(session)


def test_an_audit_in_a_session_and_one_that_nobody_waits_for(postgresql_engine: Engine):
    app = App(postgresql_engine)
    user = app.user()
    with postgresql_engine.begin() as connection:
        connection.execute(text("DELETE FROM safelight_reference"))
    with Session(postgresql_engine) as other, app.Session() as session:
        for locking in (User.__table__, app.uploads.tables.blob):
            other.execute(locking.select().with_for_update())
            told = app.uploads.audit(session, repair=True)
            assert (told.busy, told.open) == (1, 1)
            other.rollback()
        assert app.uploads.audit(session, repair=True).complete
    app.assert_attached([app.key(user)])
