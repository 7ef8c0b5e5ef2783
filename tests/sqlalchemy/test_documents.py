"""Files named inside JSON are as safe as those in columns: each place in a document is a reference."""

import pytest
from sqlalchemy import insert, select, update
from tests.sqlalchemy.app import DAY, App
from tests.sqlalchemy.models import Page

from safelight import Reference
from safelight.errors import UnknownKey


def place(page: int, path: str) -> Reference:
    return Reference("page", str(page), "body", path)


def saved(app: App, count: int = 3) -> tuple[int, list[str]]:
    """The primary key of a page, and the keys in it: the first is its cover."""
    with app.Session.begin() as session:
        keys = [app.accept(session).key for _ in range(count)]
        session.add(page := Page(body={"cover": keys[0], "gallery": keys[1:]}))
        session.flush()
        return page.id, keys


def test_each_place_is_a_reference(app: App):
    page, (cover, first, second) = saved(app)
    assert app.references() == {
        cover: [place(page, "cover")],
        first: [place(page, "gallery§0")],
        second: [place(page, "gallery§1")],
    }
    app.assert_attached([cover, first, second])


def test_what_moves_is_never_free(app: App):
    page, (cover, first, second) = saved(app)
    with app.Session.begin() as session:
        session.get_one(Page, page).body = {"cover": second, "gallery": [first, second]}
    assert app.free() == {cover}
    assert sorted(app.references()[second]) == [place(page, "cover"), place(page, "gallery§1")]
    app.assert_attached([first, second])


def test_what_is_changed_in_place_counts(app: App):
    page, (cover, *gallery) = saved(app)
    with app.Session.begin() as session:
        row = session.get_one(Page, page)
        del row.body["cover"]
    assert app.free() == {cover}
    app.assert_attached(gallery)


def test_a_page_that_is_deleted_releases_all(app: App):
    page, _ = saved(app)
    with app.Session.begin() as session:
        session.delete(session.get_one(Page, page))
    app.assert_attached([])


def test_a_bulk_update(app: App):
    _, (cover, *_) = saved(app)
    with app.Session.begin() as session:
        session.execute(update(Page).values(body={"cover": cover}))
    app.assert_attached([cover])


def test_keys_that_the_ledger_does_not_know_are_refused_and_other_names_left_alone(app: App):
    page, (cover, *_) = saved(app, 1)
    with app.Session.begin() as session:
        session.get_one(Page, page).body = {"cover": "/media/legacy.jpg", "title": cover}
    assert app.references() == {}
    app.sweep_in(2 * DAY, look=lambda keys: ())
    with pytest.raises(UnknownKey), app.Session.begin() as session:
        session.get_one(Page, page).body = {"cover": cover}


def test_the_look_finds_keys_anywhere_in_a_document(app: App):
    with app.Session.begin() as session:
        keys = [app.accept(session).key for _ in range(3)]
        body = {"cover": keys[0], "anywhere": {"else": [f"https://cdn.example/{keys[1]}?width=7"]}}
        session.execute(insert(Page.__table__).values(body=body))
    assert app.references() == {}
    swept = app.sweep_in(2 * DAY)
    assert (swept.spared, swept.deleted) == (2, 1)
    assert app.files == set(keys[:2])


def test_documents_can_be_searched(app: App):
    page, (cover, *_) = saved(app)
    with app.Session() as session:
        assert session.scalar(select(Page.id).where(Page.body["cover"].as_string() == cover)) == page
