"""Observers are told what is committed, and nothing else; what they do changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.dispatch import Signal
from django.test import TestCase
from tests.django.app.models import Magazine, Page, Picture, Portrait, Snapshot
from tests.django.sweeps import NONE, facts, fresh_key
from tests.pictures import photo

from safelight import Reference
from safelight.django.ledger import DjangoLedger
from safelight.django.models import Blob
from safelight.django.signals import attached, released, stored, swept
from safelight.django.sweeping import delete_now, sweep
from safelight.events import Stored

SIGNALS = {stored: "stored", attached: "attached", released: "released", swept: "swept"}


@contextmanager
def connected(signal: Signal, receiver: Callable[..., None]) -> Iterator[None]:
    signal.connect(receiver)
    try:
        yield
    finally:
        signal.disconnect(receiver)


class Observer:
    def __init__(self) -> None:
        self.calls: list[dict] = []

    def __call__(self, **told) -> None:
        self.calls.append(told)

    def told(self) -> list[tuple[str, ...]]:
        """What has been told since this was last asked: signal, sender, key, and place if there is one."""
        calls, self.calls = self.calls, []
        return [
            (SIGNALS[told["signal"]], told["sender"].__name__, told["blob"].key if "blob" in told else told["key"])
            + ((f"{place.row} {place.field} {place.path}".rstrip(),) if (place := told.get("reference")) else ())
            for told in calls
        ]


@pytest.fixture
def observer() -> Iterator[Observer]:
    observer = Observer()
    for signal in SIGNALS:
        signal.connect(observer)
    yield observer
    for signal in SIGNALS:
        signal.disconnect(observer)


@pytest.fixture(params=["file_database", "postgresql_database"])
def database(request) -> None:
    request.getfixturevalue(request.param)


@pytest.mark.usefixtures("database")
class TestTransactions:
    def test_a_whole_life(self, observer, upload):
        picture = Picture.objects.create(image=upload())
        first, place = picture.image.name, f"{picture.pk} image"
        assert observer.told() == [("stored", "Blob", first), ("attached", "Picture", first, place)]
        picture.image = upload()
        picture.save()
        second = picture.image.name
        told = observer.told()
        assert told[0] == ("stored", "Blob", second)
        assert sorted(told[1:]) == [("attached", "Picture", second, place), ("released", "Picture", first, place)]
        picture.delete()
        assert observer.told() == [("released", "Picture", second, place)]
        sweep(grace=NONE)
        assert sorted(observer.told()) == sorted(("swept", "Blob", key) for key in (first, second))

    def test_a_rollback_is_told_to_nobody(self, observer, upload):
        with suppress(ZeroDivisionError), transaction.atomic():
            Picture.objects.create(image=upload())
            raise ZeroDivisionError
        assert observer.told() == []

    def test_nor_is_a_savepoint_that_is_rolled_back(self, observer, upload):
        with transaction.atomic():
            kept = Picture.objects.create(image=upload())
            with suppress(ZeroDivisionError), transaction.atomic():
                Picture.objects.create(image=upload())
                Picture.objects.get(pk=kept.pk).delete()
                raise ZeroDivisionError
            assert observer.told() == [], "before the commit"
        key = kept.image.name
        assert observer.told() == [("stored", "Blob", key), ("attached", "Picture", key, f"{kept.pk} image")]

    def test_a_delete_button_tells_when_the_bytes_are_gone(self, observer, upload, stored):
        picture = Picture.objects.create(image=upload())
        key, left = picture.image.name, []
        picture.delete()
        observer.told()

        def look(**_: object) -> None:
            left.append((stored(), Blob.objects.get(key=key).state))

        with connected(swept, look), transaction.atomic():
            delete_now(key)
            assert (stored(), observer.told()) == ([key], [])
        assert observer.told() == [("swept", "Blob", key)]
        assert left == [([], Blob.State.DELETED)]


@pytest.mark.usefixtures("transactional_db")
class TestRows:
    def test_what_is_told(self, observer, upload):
        picture = Picture.objects.create(image=upload())
        key, blob, place = (
            picture.image.name,
            picture.image.blob,
            Reference("gallery.picture", str(picture.pk), "image"),
        )
        picture.delete()
        sweep(grace=NONE)
        assert observer.calls == [
            {"using": "default", "signal": stored, "sender": Blob, "blob": blob},
            {"using": "default", "signal": attached, "sender": Picture, "key": key, "reference": place},
            {"using": "default", "signal": released, "sender": Picture, "key": key, "reference": place},
            {
                "using": "default",
                "signal": swept,
                "sender": Blob,
                "key": key,
                "storage": "default",
                "size": blob.size,
            },
        ]

    def test_a_save_that_changes_nothing_tells_nothing(self, observer, upload):
        picture = Picture.objects.create(image=upload())
        observer.told()
        picture.save()
        picture.save(update_fields=["title"])
        Picture.objects.get().save()
        assert observer.told() == []

    def test_update_fields_tells_of_the_columns_that_are_written(self, observer, upload):
        portrait = Portrait.objects.create(image=upload())
        observer.told()
        portrait.image = None
        portrait.save(update_fields=["name"])
        assert observer.told() == []
        portrait.save(update_fields=["image"])
        assert [name for name, *_ in observer.told()] == ["released"]

    def test_the_sender_is_the_model_whose_column_it_is(self, observer, upload):
        magazine = Magazine.objects.create(image=upload(), poster=upload())
        snapshot = Snapshot.objects.create(image=upload())
        assert {(sender, *place) for _, sender, _, *place in observer.told() if place} == {
            ("Magazine", f"{magazine.pk} poster"),
            ("Picture", f"{magazine.pk} image"),
            ("Picture", f"{snapshot.pk} image"),
        }

    def test_who_listens_to_one_model_is_told_of_no_other(self, upload):
        observer = Observer()
        attached.connect(observer, sender=Portrait)
        Picture.objects.create(image=upload())
        Portrait.objects.create(image=upload())
        assert [sender for _, sender, *_ in observer.told()] == ["Portrait"]

    def test_a_key_that_moves_in_a_document_goes_and_comes(self, observer, upload):
        key = Picture.objects.create(image=upload()).image.name
        page = Page.objects.create(body={"cover": key})
        observer.told()
        page.body = {"gallery": ["", key]}
        page.save()
        assert observer.told() == [
            ("released", "Page", key, f"{page.pk} body cover"),
            ("attached", "Page", key, f"{page.pk} body gallery§1"),
        ]

    def test_bulk_operations_are_silent(self, observer, upload):
        picture = Picture.objects.create(image=upload())
        observer.told()
        Picture.objects.bulk_create([Picture(image=picture.image.name)])
        Picture.objects.update(image="")
        assert observer.told() == []

    def test_one_that_raises_is_logged_and_the_next_is_told(self, upload, caplog):
        seen = Observer()

        def broken(**_: object) -> None:
            raise ZeroDivisionError("an observer's own mistake")

        with connected(attached, broken), connected(attached, seen):
            picture = Picture.objects.create(image=upload())
        assert len(seen.calls) == 1
        assert "an observer's own mistake" in caplog.text
        assert picture.image.blob is not None

    def test_a_transaction_that_is_managed_by_hand_tells_nobody(self, observer):
        connection.set_autocommit(False)
        try:
            DjangoLedger("default").tell(Stored(facts(fresh_key())))
            connection.commit()
        finally:
            connection.set_autocommit(True)
        assert observer.told() == []

    def test_without_observers_nothing_waits_for_a_commit(self, upload):
        with transaction.atomic():
            Picture.objects.create(image=upload())
            assert connection.run_on_commit == []


class TestInATestCase(TestCase):
    """Django's own captures what waits for the commit that never comes."""

    def test_captured_callbacks_tell(self):
        observer, photograph = Observer(), SimpleUploadedFile("holiday.jpg", photo(), "image/jpeg")
        with connected(attached, observer):
            with self.captureOnCommitCallbacks() as callbacks:
                Picture.objects.create(image=photograph)
            assert (len(callbacks), observer.told()) == (1, [])
            with self.captureOnCommitCallbacks(execute=True):
                Picture.objects.create(image=photograph)
            assert [name for name, *_ in observer.told()] == ["attached"]
