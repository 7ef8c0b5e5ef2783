"""The actions of `faults.stack`, in Flask and SQLAlchemy."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from faults.stack import SCHEMA
from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import delete as delete_rows
from sqlalchemy import event, exists, select, update
from sqlalchemy.exc import IntegrityError, NoResultFound, OperationalError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from safelight import MB, Policy
from safelight.deleting import delete_now
from safelight.errors import Refusal, StorageUnavailable
from safelight.flask import Safelight
from safelight.flask.current import current
from safelight.protocols import Storage
from safelight.sqlalchemy import StoredFile, Tables, UploadDocument, UploadKey

PICTURES = Policy("pictures", max_bytes=2 * MB, prefix="pictures")

db = SQLAlchemy()
safelight = Safelight(db=db, url_prefix=None)


class Picture(db.Model):  # type: ignore[name-defined, misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(unique=True)
    image: Mapped[StoredFile] = mapped_column(UploadKey(PICTURES))


class Page(db.Model):  # type: ignore[name-defined, misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(UploadDocument(SCHEMA))


class RolledBack(Exception):
    pass


def create_app(database: str, storages: dict[str, Storage]) -> Flask:
    app = Flask(__name__)
    app.config |= {"SQLALCHEMY_DATABASE_URI": database, "SAFELIGHT_STORAGE": storages, "PROPAGATE_EXCEPTIONS": True}
    db.init_app(app)
    safelight.init_app(app)
    for action in ACTIONS:
        for place in (f"/{action.__name__}", f"/atomic/{action.__name__}", f"/once/{action.__name__}"):
            app.add_url_rule(place, place, view(action), methods=["POST"])
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", nobody_cuts_the_power)
    return app


def nobody_cuts_the_power(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def view(action: Callable[[], str | None]) -> Callable[[], ResponseReturnValue]:
    def answer() -> ResponseReturnValue:
        if request.path.startswith("/atomic/"):
            db.session.connection()  # as any session has that has read something
        try:
            if request.path.startswith("/once/"):
                return safelight.once(lambda: action() or "", owner="")
            text = action() or ""
            db.session.commit()
        except NoResultFound as error:
            db.session.rollback()
            return repr(error), 404
        except (StorageUnavailable, OperationalError) as error:
            db.session.rollback()
            return repr(error), 503
        except (IntegrityError, StaleDataError, RolledBack, Refusal) as refusal:
            db.session.rollback()
            return repr(refusal), 409
        return text, 200

    return answer


def accepted() -> StoredFile:
    return StoredFile(safelight.accept(request.files["file"], PICTURES).key)


def picture(title: str) -> Picture:
    return db.session.scalars(select(Picture).filter_by(title=title)).one()


def page(title: str) -> Page | None:
    return db.session.scalars(select(Page).filter_by(title=title)).one_or_none()


def create() -> str:
    file = accepted()
    db.session.add(Picture(title=request.form["title"], image=file))
    return str(file.key)


def share() -> None:
    db.session.add(Picture(title=request.form["title"], image=request.form["key"]))


def replace() -> None:
    file = accepted()
    picture(request.form["title"]).image = file


def delete() -> None:
    for title in request.form["title"].split(","):
        db.session.delete(picture(title))
        if not request.path.startswith("/atomic/"):
            db.session.commit()


def past() -> None:
    file = accepted()
    db.session.execute(Picture.__table__.insert().values(title=request.form["title"], image=file))


def keep() -> str:
    return str(accepted().key)


def write() -> None:
    found = page(request.form["title"]) or Page(title=request.form["title"])
    found.body = json.loads(request.form["body"])
    db.session.add(found)


def copy() -> None:
    db.session.add(Page(title=request.form["to"], body=page(request.form["title"]).body))


def remove() -> None:
    db.session.delete(db.session.scalars(select(Page).filter_by(title=request.form["title"])).one())


def broken() -> None:
    create()
    db.session.flush()
    picture("mine").image = accepted()
    db.session.flush()
    raise RolledBack


def choose() -> None:
    tables = Tables.of(db.metadata)
    blob, reference = tables.blob.c, tables.reference.c
    free = select(blob.key).where(blob.state == "ready", ~exists().where(reference.blob_id == blob.key))
    db.session.add(Page(title=request.form["title"], body={"gallery": list(db.session.scalars(free))}))


def press() -> None:
    state = current()
    records = state.records
    delete_now(
        records.ledger(), state.storages, request.form["key"], look=records.look(), after_commit=records.after_commit
    )


def swap() -> None:
    titles = [request.form["title"], request.form["other"]]
    db.session.execute(update(Picture).where(Picture.title.in_(titles)).values(title=Picture.title))  # locks them
    rows = db.session.scalars(select(Picture).where(Picture.title.in_(titles))).all()
    for row, key in zip(rows, reversed([row.image.key for row in rows]), strict=True):
        row.image = StoredFile(key)


def clear() -> None:
    titles = [request.form["title"], request.form["other"]]
    db.session.execute(delete_rows(Picture).where(Picture.title.in_(titles)))


def bulk() -> None:
    with suppress(Refusal):
        named = StoredFile(request.form["key"])
        db.session.execute(update(Picture).where(Picture.title == request.form["title"]).values(image=named))


def nested() -> None:
    savepoint = db.session.begin_nested()
    replace_and_press()
    savepoint.rollback()
    name_key()


def by_hand() -> None:
    locked = update(Picture).where(Picture.title == request.form["title"]).values(title=Picture.title)
    db.session.execute(locked)  # SQLite's driver begins no transaction for a savepoint
    savepoint = db.session.connection().begin_nested()
    replace_and_press()
    savepoint.rollback()
    db.session.expire_all()
    name_key()


def replace_and_press() -> None:
    replace()
    db.session.flush()
    with suppress(Refusal):
        press()


def name_key() -> None:
    title = request.form["other"]
    row = db.session.scalars(select(Picture).filter_by(title=title)).one_or_none() or Picture(title=title)
    row.image = StoredFile(request.form["key"])
    db.session.add(row)


ACTIONS = (
    *(create, share, replace, delete, past, keep, write, copy, remove, broken, choose, press),
    *(swap, clear, bulk, nested, by_hand),
)
