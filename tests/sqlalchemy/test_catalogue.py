"""A library's pages: newest first, each found once, at a cost that does not depend on how many files there are."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine
from tests.sqlalchemy.app import HOUR, MINUTE, App, queries
from tests.sqlalchemy.models import AVATARS, TABLES

from safelight import Blob
from safelight.deliver import deliver
from safelight.errors import NotAllowed
from safelight.http.library import Library
from safelight.sqlalchemy.catalogue import SqlCatalogue

START = datetime(2026, 11, 20, tzinfo=UTC)


def fill(app: App, count: int) -> None:
    """Files of two owners in turn, two at each moment; the names of some have percent signs."""
    rows = [
        {
            "key": f"k{number:03}.jpg",
            "storage": "default",
            "state": "ready",
            "created": START + timedelta(seconds=number // 2),
            "media_type": "image/jpeg",
            "size": 1,
            "sha256": "",
            "filename": f"100% {number}.jpg" if number % 5 == 0 else f"{number}.jpg",
            "policy": AVATARS.name,
            "owner": str(number % 2),
        }
        for number in range(count)
    ]
    with app.engine.begin() as connection:
        connection.execute(TABLES.blob.insert(), rows)


@pytest.fixture
def catalogue(app: App) -> SqlCatalogue:
    fill(app, 20)
    return app.uploads.catalogue(app.engine)


def keys(catalogue: SqlCatalogue, **asked: object) -> list[str]:
    given = {"owner": None, "search": "", "limit": 100, **asked}
    return [entry.blob.key for entry in catalogue.newest([AVATARS.name], **given)]


def test_newest_first(catalogue):
    assert keys(catalogue) == [f"k{number:03}.jpg" for number in reversed(range(20))]
    assert keys(catalogue, limit=2, offset=3) == ["k016.jpg", "k015.jpg"]


def test_each_is_found_once_page_by_page(catalogue):
    seen, after = [], None
    while page := catalogue.newest([AVATARS.name], owner=None, search="", limit=3, after=after):
        seen += [entry.blob.key for entry in page]
        after = page[-1].position
    assert seen == keys(catalogue)


def test_of_one_owner_or_policy(catalogue):
    assert keys(catalogue, owner="1", limit=2) == ["k019.jpg", "k017.jpg"]
    assert catalogue.newest(["others"], owner=None, search="", limit=9) == []


def test_a_search_is_no_pattern(catalogue):
    assert keys(catalogue, search="100%") == ["k015.jpg", "k010.jpg", "k005.jpg", "k000.jpg"]
    assert keys(catalogue, search="K00_") == []
    assert keys(catalogue, search="K007") == ["k007.jpg"]


def test_keys_from_clients_may_be_anything(catalogue):
    assert set(catalogue.find(["k001.jpg", "", "\0", "\udcff", "x" * 1000, "nothing"])) == {"k001.jpg"}


def test_a_page_takes_two_queries(app: App, catalogue):
    for limit in (1, 20):
        with queries(app.engine) as told:
            keys(catalogue, limit=limit)
        assert len(told) == 2


def test_it_serves_a_library(app: App):
    """As a web framework's adapter puts it together."""
    with app.Session() as session:
        file = app.accept(session, owner="7")
        library = Library(app.uploads.safelight(session), app.uploads.catalogue(session), (AVATARS,))
        [shown] = library.page({}, [AVATARS], "7", lambda keys: {})["results"]
    assert file.key in str(shown)


def test_who_signs_people_in_may_call_them_what_it_likes(app: App):
    """OpenID Connect lets names have 255 characters (Core 1.0, section 2), more than the ledger's column has."""
    me, other = (f"https://login.example/{'a' * 222}\0\udcff{number}" for number in range(2))
    with app.Session() as session:
        mine, theirs = app.accept(session, owner=me), app.accept(session, owner=other)
        assert mine.blob.sent_by(me)
        assert not mine.blob.sent_by(other)
        library = Library(app.uploads.safelight(session), app.uploads.catalogue(session), (AVATARS,))
        [shown] = library.page({}, [AVATARS], me, lambda keys: {})["results"]
        assert shown["value"] == mine.key

        deleted: list[str] = []
        choose = partial(library.delete, "delete_button", owner=me, may_all=False, hurry=pytest.fail)
        choose([mine.key], delete=deleted.append)
        with pytest.raises(NotAllowed):
            choose([theirs.key], delete=deleted.append)
        assert deleted == [mine.key]

        app.uploads.hurry(session, [mine.key, theirs.key], me)
        session.commit()
    app.sweep_in(HOUR + MINUTE)
    assert app.files == {theirs.key}


def test_a_database_that_takes_one_for_another_shows_nobody_what_is_not_his(mariadb_engine: Engine):
    """As MySQL does by default: what tells people apart in their service's names may be nothing but the case."""
    app, owner = App(mariadb_engine), TABLES.blob.c.owner.type.compile(mariadb_engine.dialect)
    change = f"ALTER TABLE safelight_blob MODIFY owner {owner} COLLATE {{}} NOT NULL"
    with mariadb_engine.connect() as connection:
        connection.exec_driver_sql(change.format("utf8mb4_general_ci"))
    try:
        with app.Session() as session:
            mine, _theirs, also_mine = [app.accept(session, owner=name) for name in ("ada", "Ada", "ada")]
            catalogue = app.uploads.catalogue(session)
            assert len(catalogue.newest([AVATARS.name], owner="ada", search="", limit=9)) == 3
            library = Library(app.uploads.safelight(session), catalogue, (AVATARS,), page_size=2)
            first = library.page({}, [AVATARS], "ada", lambda keys: {})
            second = library.page({"cursor": first["cursor"]}, [AVATARS], "ada", lambda keys: {})
            shown = [result["value"] for page in (first, second) for result in page["results"]]
    finally:
        with mariadb_engine.connect() as connection:
            connection.exec_driver_sql(change.format("utf8mb4_bin"))
    assert sorted(shown) == sorted([mine.key, also_mine.key])


def test_files_are_delivered_by_the_ledger(app: App, engine: Engine):
    with app.Session() as session:
        blob: Blob = app.accept(session).blob
    answer = deliver(blob.key, app.uploads.ledger(engine), app.uploads.storages)
    assert b"".join(answer.body) == app.storage.files[blob.key]
    assert answer.headers["Content-Type"] == "image/jpeg"
    answer.body.close()
