"""The audit: whatever passes the sessions by loses no file, is told, is mended, and leaves nothing behind."""

import pytest
from sqlalchemy import Engine, insert, text, update
from sqlalchemy.orm import Session
from tests.bypasses import Bypass, cascade, check
from tests.sqlalchemy.app import App
from tests.sqlalchemy.models import TABLES, Album, Base, Member, Motto, Page, User

from safelight.audit import Audited, Kind
from safelight.ownership import MARKER
from safelight.sqlalchemy.ledger import SqlLedger
from safelight.testing import AuditConformance


class TestAuditing(AuditConformance):
    @pytest.fixture(
        autouse=True,
        params=["memory_engine", "sqlite_engine", "begun_sqlite_engine", "postgresql_engine", "mariadb_engine"],
    )
    def ledger(self, request: pytest.FixtureRequest) -> None:
        database = request.getfixturevalue(request.param)
        self.make_ledger = lambda: SqlLedger(TABLES, database)


class TestAuditingInARollbackFixture(AuditConformance):
    @pytest.fixture(autouse=True)
    def ledger(self, begun_sqlite_engine: Engine):
        with begun_sqlite_engine.connect() as connection:
            transaction = connection.begin()
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                self.make_ledger = lambda: SqlLedger(TABLES, session)
                yield
            transaction.rollback()


def key_of_a_free_file(app: App) -> str:
    with app.Session.begin() as session:
        return app.accept(session).key


def core(app: App, statement: object, parameters: object = None) -> None:
    """What is executed without a session, nobody follows."""
    with app.engine.begin() as connection:
        connection.execute(statement, parameters)


# --- what passes the sessions by -------------------------------------------------------------------------------------


def insert_of_many(app: App) -> None:
    with app.Session.begin() as session:
        rows = [{"name": "", "profile_image": key_of_a_free_file(app)} for _ in range(3)]
        session.execute(insert(User), rows)


def update_in_core(app: App) -> None:
    app.user()
    core(app, update(User.__table__).values(profile_image=key_of_a_free_file(app)))


def delete_in_core(app: App) -> None:
    app.user()
    app.user()
    core(app, text('DELETE FROM "user" WHERE id = (SELECT min(id) FROM "user")'))


def update_in_sql(app: App) -> None:
    app.user()
    core(app, text('UPDATE "user" SET profile_image = NULL'))


def insert_in_sql(app: App) -> None:
    core(app, text("INSERT INTO \"user\" (name, profile_image) VALUES ('', :key)"), {"key": key_of_a_free_file(app)})


def references_are_lost(app: App) -> None:
    app.user()
    core(app, text("DELETE FROM safelight_reference"))


def references_go_with_their_rows(app: App) -> None:
    references_are_lost(app)
    core(app, text('DELETE FROM "user"'))


def composite_key(app: App) -> None:
    with app.Session.begin() as session:
        albums = [Album(title=title, cover=app.accept(session)) for title in ("a", "b, with 'quotes'", "c")]
        session.add(User(albums=albums))
    core(app, text("DELETE FROM album WHERE title <> 'c'"))
    core(app, update(Album.__table__).values(cover=key_of_a_free_file(app)))


def long_key(app: App) -> None:
    with app.Session.begin() as session:
        session.add_all(Motto(text=f"{'100 %_' * 40}{number}", emblem=app.accept(session)) for number in range(3))
    core(app, text("DELETE FROM motto WHERE text LIKE '%0'"))
    core(app, update(Motto.__table__).values(emblem=key_of_a_free_file(app)))


def joined_child(app: App) -> None:
    """Columns of two tables; of the child's, its row goes alone."""
    with app.Session.begin() as session:
        session.add(Member(profile_image=app.accept(session), card=app.accept(session)))
    core(app, text("DELETE FROM member"))
    core(app, update(User.__table__).values(profile_image=key_of_a_free_file(app)))


def cascade_in_the_database(app: App) -> None:
    with app.Session.begin() as session:
        session.add(User(albums=[Album(title=title, cover=app.accept(session)) for title in ("a", "b")]))
    for statement in cascade(app.engine.dialect.name, "album", '"user"', "user_id", "album_user_id_fkey"):
        core(app, text(statement))


def document(app: App) -> None:
    with app.Session.begin() as session:
        session.add(Page(body={"cover": app.accept(session).key}))
    body = {"gallery": [key_of_a_free_file(app), key_of_a_free_file(app)]}
    core(app, update(Page.__table__).values(body=body))


def what_sessions_do(app: App) -> None:
    """No bypass at all."""
    user, gone = app.user(), app.user()
    with app.Session.begin() as session:
        session.execute(update(User).where(User.id == user).values(profile_image=app.accept(session)))
        session.delete(session.get_one(User, gone))


BYPASSES = [
    Bypass(insert_of_many, {Kind.MISSING: 3}),
    Bypass(update_in_core, {Kind.MISSING: 1, Kind.STALE: 1}),
    Bypass(delete_in_core, {Kind.STALE: 1}),
    Bypass(update_in_sql, {Kind.STALE: 1}),
    Bypass(insert_in_sql, {Kind.MISSING: 1}),
    Bypass(references_are_lost, {Kind.MISSING: 1}),
    Bypass(references_go_with_their_rows, {Kind.AGELESS: 1}),
    Bypass(composite_key, {Kind.MISSING: 1, Kind.STALE: 3}),
    Bypass(long_key, {Kind.MISSING: 2, Kind.STALE: 3}),
    Bypass(joined_child, {Kind.MISSING: 1, Kind.STALE: 2}),
    Bypass(document, {Kind.MISSING: 2, Kind.STALE: 1}),
    Bypass(what_sessions_do, {}),
    Bypass(cascade_in_the_database, {Kind.STALE: 2}),
]


class World(App):
    """As `tests.bypasses` has it."""

    def named(self) -> set[str]:
        return self.uploads.look(self.engine)(list(self.states()))

    def files(self) -> set[str]:  # type: ignore[override]
        return set(self.storage.files) - {MARKER}

    def audit(self, **options: bool) -> Audited:
        return self.uploads.audit(self.engine, **options)

    def exit_code(self, *options: str) -> int:
        return int(not self.audit(**{option.removeprefix("--"): True for option in options}).complete)


@pytest.mark.parametrize("place", ["sqlite_engine", "postgresql_engine"])
def test_whatever_passes_the_sessions_by(place: str, request: pytest.FixtureRequest):
    """One after the other, on one database."""
    engine = request.getfixturevalue(place)
    for bypass in BYPASSES:
        world = World(engine)
        bypass.do(world)
        check(world, bypass)
        with engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
