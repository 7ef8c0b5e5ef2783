"""A document names many files: each place in it is a reference, and what moves in it is never free."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import connection, models, transaction
from django.db.models import Value
from tests.django.app.models import Page

from safelight import Blob
from safelight.django.ledger import DjangoLedger
from safelight.django.models import Blob as BlobRow
from safelight.django.models import Reference as ReferenceRow
from safelight.errors import UnknownKey
from safelight.keys import new_key
from safelight.lengths import MAX_PATH


@pytest.fixture(params=["file_database", "postgresql_database"], autouse=True)
def _database(request):
    request.getfixturevalue(request.param)


def store() -> str:
    key, ledger = new_key("pages", "png", datetime.now(UTC)), DjangoLedger("default")
    ledger.intend(key, "default")
    ledger.ready(Blob(key, "default", "image/png", 1, "ab" * 32, 1, 1))
    return key


@pytest.fixture
def a() -> str:
    return store()


@pytest.fixture
def b() -> str:
    return store()


def places(key: str) -> list[str]:
    return sorted(ReferenceRow.objects.filter(blob_id=key).values_list("path", flat=True))


def free() -> set[str]:
    return set(BlobRow.objects.filter(free_since__isnull=False).values_list("key", flat=True))


def test_each_place_is_a_reference(a, b):
    page = Page.objects.create(body={"cover": a, "gallery": [{"picture": a}, {"picture": b}], "title": "text"})
    assert (places(a), places(b)) == (["cover", "gallery§0§picture"], ["gallery§1§picture"])
    assert set(ReferenceRow.objects.values_list("holder", "row", "field")) == {("gallery.page", str(page.pk), "body")}
    assert free() == set()


def test_saving_again_changes_nothing(a, django_assert_num_queries):
    page = Page.objects.create(body={"cover": a})
    before = list(ReferenceRow.objects.values())
    page.save()
    Page.objects.get().save()
    assert list(ReferenceRow.objects.values()) == before


def test_what_moves_is_not_free(a, b):
    page = Page.objects.create(body={"gallery": [a, b]})
    page.body = {"gallery": [b, a]}
    page.save()
    assert (places(a), places(b)) == (["gallery§1"], ["gallery§0"])
    page.body = {"cover": b, "gallery": [a]}
    page.save()
    assert (places(a), places(b)) == (["gallery§0"], ["cover"])
    assert free() == set()


def test_what_is_taken_out_everywhere_is_free(a, b):
    page = Page.objects.create(body={"cover": a, "gallery": [a, b]})
    page.body = {"cover": a}
    page.save()
    assert (places(a), places(b)) == (["cover"], [])
    page.body = {}
    page.save()
    assert places(a) == []
    assert free() == {a, b}


@pytest.mark.parametrize("body", [None, {}, [], "", 7])
def test_documents_without_files(a, body):
    page = Page.objects.create(body=[a])
    page.body = body
    page.save()
    assert free() == {a}


def test_a_document_that_names_an_unknown_key_is_not_saved(a):
    unknown = new_key("pages", "png", datetime.now(UTC))
    with pytest.raises(UnknownKey):
        Page.objects.create(body={"cover": a, "logo": unknown})
    assert not Page.objects.exists()
    assert free() == {a}
    page = Page.objects.create(body={"cover": a})
    page.body = {"cover": unknown}
    with pytest.raises(UnknownKey):
        page.save()
    assert Page.objects.get().body == {"cover": a}
    assert places(a) == ["cover"]


@pytest.mark.parametrize("state", ["intent", "deleting", "deleted"])
def test_nor_one_whose_file_is_not_ready(a, state):
    BlobRow.objects.update(state=state)
    with pytest.raises(UnknownKey):
        Page.objects.create(body={"cover": a})
    assert not Page.objects.exists()


def test_values_that_are_not_keys_of_ours_are_left_alone():
    body = {"cover": "legacy/photo.jpg", "link": "javascript:alert(1)", "logo": "data:image/png;base64,AAAA"}
    Page.objects.create(body=body)
    assert Page.objects.get().body == body
    assert not ReferenceRow.objects.exists()


def test_a_deferred_or_unlisted_document_keeps_its_references(a):
    page = Page.objects.create(body={"cover": a})
    Page.objects.defer("body").get().save()
    page.body = {}
    page.save(update_fields=["title"])
    assert places(a) == ["cover"]
    page.save(update_fields=["body"])
    assert free() == {a}


def test_a_database_expression(a):
    page = Page.objects.create()
    page.body = Value({"cover": a}, models.JSONField())
    page.save()
    assert places(a) == ["cover"]


def test_deleting_releases_all(a, b):
    page = Page.objects.create(body=[a, b, a])
    other = Page.objects.create(body=[b])
    page.delete()
    assert free() == {a, b}, "the grace of what another page names begins, too; a sweep finds it in use"
    assert ReferenceRow.objects.get().row == str(other.pk)
    assert places(b) == ["0"]


def test_two_databases_have_a_ledger_each(a, second_database):
    with pytest.raises(UnknownKey):
        Page(body=[a]).save(using=second_database)
    assert not Page.objects.using(second_database).exists()


def test_a_path_may_be_as_long_as_a_client_likes(a, b):
    """Two that begin alike stay two."""
    name = "x" * MAX_PATH
    page = Page.objects.create(body={name: a, name + "y": a, name + "z": b})
    assert len(set(places(a))) == 2
    page.save()
    assert (len(places(a)), len(places(b))) == (2, 1)
    page.body = {name + "y": a}
    page.save()
    assert len(places(a)) == 1
    assert free() == {a, b}, "one of two places is gone, which begins the grace of what is still referenced"


def test_a_path_may_hold_what_no_database_can(a):
    """JSON may name a member by half of a surrogate pair. (PostgreSQL's own JSON may not.)"""
    if connection.vendor == "sqlite":
        Page.objects.create(body={"\ud800": a})
        assert places(a) == ["?"]


def test_two_who_exchange_files_at_the_same_time_do_not_wait_for_each_other_for_ever(a, b):
    """One moves `a` out and `b` in, the other the other way round. (A deadlock would be an error.)"""
    pages = [Page.objects.create(body=[a]), Page.objects.create(body=[b])]
    start = threading.Barrier(2)

    def exchange(number: int) -> None:
        try:
            page = Page.objects.get(pk=pages[number].pk)
            for turn in range(15):
                start.wait(10)
                page.body = [(b, a)[(number + turn) % 2]]
                page.save()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(exchange, range(2)))
    assert {row for (row,) in ReferenceRow.objects.values_list("row")} == {str(page.pk) for page in pages}
    assert all(len(places(key)) == 1 for key in (a, b))


def test_a_rollback_takes_the_references_back(a, b):
    page = Page.objects.create(body=[a])
    page.body = [b]
    with suppress(ZeroDivisionError), transaction.atomic():
        page.save()
        raise ZeroDivisionError
    assert (places(a), places(b)) == (["0"], [])
    assert free() == {b}
