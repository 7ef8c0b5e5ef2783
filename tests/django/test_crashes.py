"""Killed before and after every write to the database, the storage and the side file: nothing is lost, and the next
sweeps leave no orphan.

A kill is an exception that nothing catches: the transaction that is open is rolled back, as the database does for a
process that is gone, and nothing else happens any more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from tests.django.app.models import Page, Picture
from tests.django.sweeps import DAY, HOUR, MINUTE, NONE, intend, states, store, sweep_in
from tests.fuse import Fuse, Killed
from tests.pictures import photo

from safelight.blob import State
from safelight.django import models
from safelight.django.sweeping import delete_now
from safelight.errors import Refusal
from safelight.side_file import SideFile

PHOTO = photo()


class DjangoFuse(Fuse):
    @contextmanager
    def everywhere(self) -> Iterator[None]:
        def statement(execute, sql, params, many, context):
            reads = sql.startswith("SELECT")  # to be killed beside it is to be killed beside the next one that writes
            return (execute if reads else self.around(execute))(sql, params, many, context)

        with (
            connection.execute_wrapper(statement),
            self.in_class(FileSystemStorage, "_save", "delete"),
            self.in_class(SideFile, "add", "discard"),
        ):
            yield


def file() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", PHOTO, "image/jpeg")


# --- what is killed --------------------------------------------------------------------------------------------------


def replace() -> None:
    picture = Picture.objects.get(title="mine")
    picture.image = file()
    picture.save()


def delete() -> None:
    Picture.objects.get(title="mine").delete()


def admin() -> None:
    """As the admin does it: all of a request in one transaction."""
    with transaction.atomic():
        Picture.objects.create(image=file())
        replace()


def form_error() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        Picture.objects.create(image=file())
        raise ZeroDivisionError


def move_in_a_document() -> None:
    page = Page.objects.get()
    _, second = page.body["gallery"]
    page.body = {"cover": second, "gallery": [second]}
    page.save()


def press_delete() -> None:
    for key in states():
        with suppress(Refusal):
            delete_now(key)


def sweep() -> None:
    sweep_in(4 * HOUR, grace=HOUR, batch=2)


def sweep_without_grace() -> None:
    sweep_in(MINUTE, grace=NONE)


OPERATIONS = [
    *(("file_database", call) for call in (replace, delete, admin, form_error, move_in_a_document)),
    *(("file_database", call) for call in (press_delete, sweep, sweep_without_grace)),
    *(("postgresql_database", call) for call in (admin, press_delete, sweep)),
    ("mariadb_database", sweep),
]


# --- the world, and what must be true of it --------------------------------------------------------------------------


def world() -> None:
    """Files in every state: attached, shared by two rows, free, an upload that broke off, a tombstone; in a document;
    named by a row of which the ledger does not know."""
    store()
    sweep_in(HOUR + MINUTE, grace=HOUR)  # which makes it a tombstone
    Picture.objects.create(title="mine", image=file())
    shared = Picture.objects.create(image=file())
    Picture.objects.create(image=shared.image.name)
    Page.objects.create(body={"gallery": [store(), store()]})
    Picture.objects.bulk_create([Picture(image=file())])
    store()
    intend()
    form_error()


def clear(media: Path) -> None:
    with transaction.atomic():
        for model in (models.Reference, models.Blob, Picture, Page):
            model.objects.all()._raw_delete("default")
    side = SideFile(str(connection.settings_dict["NAME"]))
    for key, _, _ in side.intents():
        side.discard(key)
    for path in media.rglob("*"):
        if path.is_file():
            path.unlink()


def named() -> set[str]:
    return {
        *filter(None, Picture.objects.values_list("image", flat=True)),
        *(key for page in Page.objects.all() for key in [*page.body["gallery"], page.body.get("cover")] if key),
    }


def assert_nothing_lost_or_unknown(stored: Callable[[], list[str]]) -> None:
    found, files = states(), set(stored())
    on_side = {key for key, _, _ in SideFile(str(connection.settings_dict["NAME"])).intents()}
    for key in named():
        assert found[key] == State.READY, "a row names what cannot be had"
        assert key in files, "a row names what is gone"
    for key, state in found.items():
        assert key in files or state != State.READY, "what the ledger calls ready is gone"
    assert files <= found.keys() | on_side, "bytes of which nothing knows"


def assert_no_orphan_after_sweeps(stored: Callable[[], list[str]]) -> None:
    for period in (2 * DAY, 4 * DAY):
        assert sweep_in(period).complete
        assert_nothing_lost_or_unknown(stored)
    assert set(stored()) == named() == set(states())


@pytest.mark.parametrize(("database", "operation"), OPERATIONS)
def test_killed_anywhere(database, operation, media, stored, request):
    request.getfixturevalue(database)
    for calls in range(1, 1000):
        clear(media)
        world()
        fuse = DjangoFuse(calls)
        with suppress(Killed), fuse.everywhere():
            operation()
        connection.close()
        assert_nothing_lost_or_unknown(stored)
        assert_no_orphan_after_sweeps(stored)
        if fuse.left > 0:
            break
    assert calls > 8, "it was killed now and then"
