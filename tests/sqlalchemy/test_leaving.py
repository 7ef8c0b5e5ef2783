"""Out again: the column becomes a string, the ledger's tables go, and every row still has its file."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, String, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from tests.docs.pages import DOCS, blocks
from tests.sqlalchemy.app import PHOTO, App
from tests.sqlalchemy.models import User

OLD = "portraits/ada.jpg"


def test_rows_and_files_stay_as_they_are(sqlite_engine: Engine):
    app = App(sqlite_engine)
    new = app.key(app.user())
    app.storage.files[OLD] = PHOTO
    with sqlite_engine.begin() as connection:
        connection.execute(insert(User).values(profile_image=OLD))
    assert app.uploads.adopt(sqlite_engine, User.profile_image).complete

    (statements,) = blocks(DOCS / "how-to" / "leaving.md", "sql")
    with sqlite_engine.begin() as connection:
        for statement in statements.text.split(";"):
            connection.exec_driver_sql(statement)

    class Plain(DeclarativeBase):
        metadata = MetaData()

    class Person(Plain):
        __tablename__ = "user"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(50))
        profile_image: Mapped[str | None] = mapped_column(String(100), index=True)

    with sqlite_engine.connect() as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or name.startswith(("user", "safelight"))}
        context = MigrationContext.configure(connection, opts=options | {"compare_type": True})
        assert compare_metadata(context, Plain.metadata) == []
    with Session(sqlite_engine) as session:
        assert list(session.scalars(select(Person.profile_image).order_by(Person.id))) == [new, OLD]
    assert app.files == {new, OLD}
