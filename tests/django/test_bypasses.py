"""Whatever passes the models' saves by loses no file, is told by an audit, is mended, and leaves nothing behind."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from tests.bypasses import Bypass, cascade, check
from tests.django.app.models import Album, Archive, Magazine, Motto, Page, Picture, Shot, Snapshot, Story
from tests.django.raw import sql, truncate
from tests.django.sweeps import store, sweep_in

from safelight.audit import Audited, Kind
from safelight.django import models
from safelight.django.auditing import audit
from safelight.django.holders import Look
from safelight.ownership import MARKER


def update() -> None:
    Picture.objects.create(image=store())
    Picture.objects.update(image=store())


def update_of_a_proxy() -> None:
    Snapshot.objects.create(image=store())
    Snapshot.objects.update(image=store())


def bulk_create() -> None:
    Picture.objects.bulk_create([Picture(image=store()) for _ in range(3)])


def bulk_update() -> None:
    rows = [Picture.objects.create(image=store()) for _ in range(2)]
    for row in rows:
        row.image = store()
    Picture.objects.bulk_update(rows, ["image"])


def raw_delete() -> None:
    gone, _ = (Picture.objects.create(image=store()) for _ in range(2))
    Picture.objects.filter(pk=gone.pk)._raw_delete("default")


def long_key() -> None:
    for number in range(3):
        Motto.objects.create(text=f"{'100 %_' * 40}{number}", emblem=store())
    Motto.objects.filter(text__endswith="0")._raw_delete("default")
    Motto.objects.update(emblem=store())


def two_rows_of_one_file_of_which_one_goes() -> None:
    key = store()
    gone, _ = (Picture.objects.create(image=key) for _ in range(2))
    Picture.objects.filter(pk=gone.pk)._raw_delete("default")


def fixture() -> None:
    rows = [{"model": "gallery.picture", "pk": 7, "fields": {"title": "", "image": store()}}]
    path = Path(storages["default"].location) / "rows.json"
    path.write_text(json.dumps(rows))
    call_command("loaddata", str(path), verbosity=0)
    path.unlink()


def cascade_in_the_database() -> None:
    album = Album.objects.create(title="holidays")
    for _ in range(2):
        Shot.objects.create(album=album, image=store())
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "gallery_shot")
    name = next(name for name, found in constraints.items() if found["foreign_key"])
    for statement in cascade(connection.vendor, "gallery_shot", "gallery_album", "album_id", name):
        sql(statement)
    assert not Shot.objects.exists()


def insert_in_sql() -> None:
    sql("INSERT INTO gallery_picture (title, image) VALUES ('', %s)", store())


def update_in_sql() -> None:
    Picture.objects.create(image=store())
    sql("UPDATE gallery_picture SET image = ''")


def references_are_lost() -> None:
    Picture.objects.create(image=store())
    sql("DELETE FROM safelight_reference")


def references_go_with_their_rows() -> None:
    Picture.objects.create(image=store())
    sql("DELETE FROM safelight_reference")
    sql("DELETE FROM gallery_picture")


def child_in_sql() -> None:
    """Its parent's row, and the file of that, stay."""
    Magazine.objects.create(image=store(), poster=store())
    sql("DELETE FROM gallery_magazine")


def child_is_updated() -> None:
    """Columns of two tables at once."""
    Magazine.objects.create(image=store(), poster=store())
    Magazine.objects.update(image=store(), poster=store())


def child_without_its_parent() -> None:
    """Which is no bypass at all."""
    Magazine.objects.create(image=store(), poster=store()).delete(keep_parents=True)


def row_that_is_hidden() -> None:
    Archive.objects.bulk_create([Archive(image=store(), hidden=True)])


def document() -> None:
    Page.objects.create(body={"a": store()})
    Page.objects.update(body={"b": [store(), store()]})


def document_of_a_schema() -> None:
    key = store()
    Story.objects.bulk_create([Story(body={"gallery": [{"picture": key}, {"picture": key}], "cover": store()})])


BYPASSES = [
    Bypass(update, {Kind.MISSING: 1, Kind.STALE: 1}),
    Bypass(update_of_a_proxy, {Kind.MISSING: 1, Kind.STALE: 1}),
    Bypass(bulk_create, {Kind.MISSING: 3}),
    Bypass(bulk_update, {Kind.MISSING: 2, Kind.STALE: 2}),
    Bypass(raw_delete, {Kind.STALE: 1}),
    Bypass(long_key, {Kind.MISSING: 2, Kind.STALE: 3}),
    Bypass(two_rows_of_one_file_of_which_one_goes, {Kind.STALE: 1}),
    Bypass(fixture, {Kind.MISSING: 1}),
    Bypass(cascade_in_the_database, {Kind.STALE: 2}),
    Bypass(insert_in_sql, {Kind.MISSING: 1}),
    Bypass(update_in_sql, {Kind.STALE: 1}),
    Bypass(references_are_lost, {Kind.MISSING: 1}),
    Bypass(references_go_with_their_rows, {Kind.AGELESS: 1}),
    Bypass(child_in_sql, {Kind.STALE: 1}),
    Bypass(child_is_updated, {Kind.MISSING: 2, Kind.STALE: 2}),
    Bypass(child_without_its_parent, {}),
    Bypass(row_that_is_hidden, {Kind.MISSING: 1}),
    Bypass(document, {Kind.MISSING: 2, Kind.STALE: 1}),
    Bypass(document_of_a_schema, {Kind.MISSING: 3}),
]


class World:
    """As `tests.bypasses` has it, of what the fixtures have made."""

    def __init__(self, stored: Callable[[], list[str]]) -> None:
        self.stored = stored

    def files(self) -> set[str]:
        return set(self.stored()) - {MARKER}

    def named(self) -> set[str]:
        return Look("default")(list(models.Blob.objects.values_list("key", flat=True)))

    def sweep_in(self, period: timedelta) -> object:
        return sweep_in(period)

    def audit(self, **options: bool) -> Audited:
        return audit(**options)

    def exit_code(self, *options: str) -> int:
        """`manage.py` makes 1 of a CommandError."""
        try:
            call_command("safelight_audit", *options, verbosity=0)
        except CommandError as error:
            return error.returncode
        return 0


@pytest.fixture
def world(stored) -> World:
    return World(stored)


@pytest.mark.usefixtures("file_database")
@pytest.mark.parametrize("bypass", BYPASSES, ids=str)
def test_whatever_passes_the_models_by(bypass: Bypass, world: World):
    bypass.do()
    check(world, bypass)


@pytest.mark.usefixtures("postgresql_database")
def test_whatever_passes_the_models_by_on_postgresql(world: World):
    """One after the other: to make a database takes longer than all of them."""
    for bypass in BYPASSES:
        bypass.do()
        check(world, bypass)
        truncate()
        for name in world.files():
            storages["default"].delete(name)
