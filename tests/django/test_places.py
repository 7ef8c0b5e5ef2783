"""Where a file is used is told to people, as far as they may know; what is not used can be deleted at once."""

from contextlib import suppress

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import storages
from django.db import transaction
from django.http import HttpRequest
from tests.django.app.admin import PictureAdmin
from tests.django.app.models import Archive, Magazine, Page, Picture
from tests.django.sweeps import DAY, HOUR, LEDGER, MINUTE, fresh_key, states, store, sweep_in

from safelight import Reference
from safelight.blob import State
from safelight.django import models
from safelight.django.places import MOST, Place, places
from safelight.django.sweeping import delete_now, delete_unused, hurry
from safelight.documents.paths import in_words
from safelight.errors import InUse, UnknownKey


def request_of(user: User) -> HttpRequest:
    request = HttpRequest()
    request.user = user
    return request


@pytest.fixture
def root() -> HttpRequest:
    return request_of(User.objects.create_superuser("root"))


def somebody(*permissions: str) -> HttpRequest:
    user = User.objects.create_user("somebody", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return request_of(User.objects.get(pk=user.pk))


@pytest.mark.django_db
class TestPlaces:
    def test_rows_and_documents(self, root):
        key = store()
        picture = Picture.objects.create(image=key)
        page = Page.objects.create(title="About us", body={"gallery": [{"large_picture": key}]})
        assert places(key, root) == [
            Place("page", "About us", f"/admin/gallery/page/{page.pk}/change/", "body", "gallery > 1 > large picture"),
            Place("picture", str(picture), f"/admin/gallery/picture/{picture.pk}/change/", "image", ""),
        ]

    def test_a_file_that_is_not_used(self, root):
        assert places(store(), root) == []
        assert places("no such key", root) == []

    def test_a_query_for_each_kind_of_row(self, root, django_assert_num_queries):
        key = store()
        for number in range(5):
            Page.objects.create(title=f"{number}", body=[key, key])
            Picture.objects.create(image=key)
        with django_assert_num_queries(3):
            assert len(places(key, root)) == 15

    def test_a_file_that_is_used_everywhere(self, root):
        key = store()
        Page.objects.create(title="Logos", body=[key] * (MOST + 10))
        assert len(places(key, root)) == MOST

    @pytest.mark.parametrize("permission", ["view_page", "change_page"])
    def test_who_may_see_the_row_knows_its_name(self, permission):
        key = store()
        page = Page.objects.create(title="Secret plans", body=[key])
        Picture.objects.create(image=key)
        assert places(key, somebody(permission)) == [
            Place("page", "Secret plans", f"/admin/gallery/page/{page.pk}/change/", "body", "1"),
            Place("picture", field="image"),
        ]

    def test_who_may_not_knows_only_that_there_is_one(self):
        key = store()
        Page.objects.create(title="Secret plans", body={"cover": key})
        assert places(key, somebody()) == places(key) == [Place("page", field="body", path="cover")]

    def test_rows_that_the_admin_keeps_from_this_user(self, root, monkeypatch):
        key = store()
        shown, hidden = (Picture.objects.create(image=key, title=title) for title in ("shown", "hidden"))
        monkeypatch.setattr(PictureAdmin, "get_queryset", lambda self, request: Picture.objects.exclude(title="hidden"))
        assert [place.name for place in places(key, root)] == [str(shown), ""]
        monkeypatch.undo()
        only = lambda self, request, row=None: row is None or row.pk == hidden.pk  # noqa: E731
        monkeypatch.setattr(PictureAdmin, "has_view_or_change_permission", only)
        assert [place.name for place in places(key, root)] == ["", str(hidden)]

    def test_what_the_admin_does_not_show_at_all(self, root):
        key = store()
        Archive.objects.create(image=key)
        assert places(key, root) == [Place("archive", field="image")]

    def test_an_inherited_column_is_its_own_models(self, root):
        key = store()
        Magazine.objects.create(image=key, poster=key)
        assert [(place.kind, place.field) for place in places(key, root)] == [
            ("magazine", "poster"),
            ("picture", "image"),
        ]

    @pytest.mark.parametrize("holder", ["gallery.gone", "gone.gone", "nonsense"])
    def test_rows_of_models_that_are_gone(self, holder, root):
        LEDGER.attach(key := store(), Reference(holder, "1", "image"))
        assert places(key, root) == [Place(holder, field="image")]

    @pytest.mark.parametrize(("row", "field"), [("seven", "image"), ("7", "image"), ("7", "gone")])
    def test_rows_and_columns_that_are_gone(self, row, field, root):
        LEDGER.attach(key := store(), Reference("gallery.picture", row, field))
        assert places(key, root) == [Place("picture", field=field)]

    def test_a_site_without_an_admin_page_for_it(self, root, settings):
        settings.ROOT_URLCONF = "safelight.django.urls"
        key = store()
        Page.objects.create(title="About us", body=[key])
        assert places(key, root) == [Place("page", "About us", "", "body", "1")]


@pytest.mark.parametrize(
    ("path", "words"),
    [("", ""), ("cover", "cover"), ("gallery§0§picture", "gallery > 1 > picture"), ("a_b§12", "a b > 13")],
)
def test_a_path_in_words(path, words):
    assert in_words(path) == words


class TestDeletingByRequest:
    @pytest.fixture(params=["file_database", "postgresql_database"], autouse=True)
    def _database(self, request):
        request.getfixturevalue(request.param)
        ContentType.objects.clear_cache()

    def test_what_is_not_used_is_deleted(self, stored):
        key = store()
        delete_now(key)
        assert (stored(), states()) == ([], {key: State.DELETED})
        with pytest.raises(UnknownKey):
            delete_now(key)

    @pytest.mark.parametrize("key", ["", "\0", "legacy/photo.jpg", "../../etc/passwd", "x" * 1000])
    def test_what_there_is_not(self, key):
        with pytest.raises(UnknownKey):
            delete_now(key)

    def test_what_is_used_is_not_and_says_where(self, root):
        key = store()
        page = Page.objects.create(title="About us", body={"cover": key})
        with pytest.raises(InUse) as refusal:
            delete_now(key, root)
        assert refusal.value.numbers["places"] == [
            {
                "kind": "page",
                "name": "About us",
                "url": f"/admin/gallery/page/{page.pk}/change/",
                "field": "body",
                "path": "cover",
            }
        ]
        assert storages["default"].exists(key)
        assert states() == {key: State.READY}

    def test_what_a_row_names_without_a_reference_is_not(self):
        key = store()
        Picture.objects.bulk_create([Picture(image=key)])
        with pytest.raises(InUse):
            delete_now(key)
        assert storages["default"].exists(key)

    def test_of_many_those_that_are_not_used_are_deleted(self, stored):
        used, named, *free = (store() for _ in range(5))
        Picture.objects.create(image=used)
        Picture.objects.bulk_create([Picture(image=named)])
        assert delete_unused([used, named, *free, fresh_key(), "legacy/photo.jpg", "\0"]) == set(free)
        assert set(stored()) == {used, named}
        assert delete_unused(free) == delete_unused([]) == set()

    def test_in_a_transaction_the_bytes_go_when_it_is_committed(self):
        key = store()
        with transaction.atomic():
            delete_now(key)
            assert storages["default"].exists(key)
            with pytest.raises(UnknownKey):
                LEDGER.attach(key, Reference("gallery.picture", "1", "image"))
        assert not storages["default"].exists(key)
        assert states() == {key: State.DELETED}

    def test_a_transaction_that_is_rolled_back_has_deleted_nothing(self):
        key = store()
        with suppress(ZeroDivisionError), transaction.atomic():
            delete_now(key)
            raise ZeroDivisionError
        assert storages["default"].exists(key)
        assert states() == {key: State.READY}
        assert Picture.objects.create(image=key).image.blob.key == key

    def test_a_transaction_that_is_managed_by_hand_leaves_the_bytes_to_the_sweep(self):
        key = store()
        transaction.set_autocommit(False)
        try:
            delete_now(key)
            transaction.commit()
        finally:
            transaction.set_autocommit(True)
        assert states() == {key: State.DELETING}
        assert sweep_in(MINUTE).deleted == 1
        assert not storages["default"].exists(key)

    def test_what_this_very_transaction_released_is_deleted(self, upload):
        picture = Picture.objects.create(image=upload())
        key = picture.image.name
        with transaction.atomic():
            picture.delete()
            delete_now(key)
        assert not storages["default"].exists(key)

    def test_a_page_that_was_left(self):
        mine, other, theirs, saved = (store(owner=owner) for owner in ("7", "7", "8", "7"))
        Picture.objects.create(image=saved)
        hurry([mine, theirs, saved, "\0", "\ud800", "nonsense"], "7")
        assert sweep_in(HOUR - MINUTE).deleted == 0
        assert sweep_in(HOUR + MINUTE).deleted == 1
        assert {key for key, state in states().items() if state == State.READY} == {other, theirs, saved}
        assert sweep_in(DAY + MINUTE).deleted == 2

    def test_that_page_is_saved_after_all(self, settings):
        settings.SAFELIGHT = {"GRACE": "7d"}
        key = store(owner="7")
        hurry([key], "7")
        Picture.objects.create(image=key)
        assert models.Blob.objects.get().free_since is None
        hurry([key], "7")
        assert sweep_in(8 * DAY).examined == 0
