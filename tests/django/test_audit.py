"""The audit: whatever passes the models' saves by loses no file, is told, is mended, and leaves nothing behind."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from tests.django.app.models import Album, Archive, Magazine, Page, Picture, Shot, Snapshot, Story
from tests.django.sweeps import DAY, HOUR, store, sweep_in

from safelight.audit import Kind
from safelight.django import models
from safelight.django.auditing import audit
from safelight.django.holders import Look


def sql(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


# --- what passes the models by ---------------------------------------------------------------------------------------


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
    if connection.vendor == "sqlite":  # which changes no constraint of a table that is there
        sql(
            "CREATE TRIGGER cascading BEFORE DELETE ON gallery_album BEGIN "
            "DELETE FROM gallery_shot WHERE album_id = OLD.id; END"
        )
    else:
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, "gallery_shot")
        name = next(name for name, found in constraints.items() if found["foreign_key"])
        sql(f'ALTER TABLE gallery_shot DROP CONSTRAINT "{name}"')
        sql("ALTER TABLE gallery_shot ADD FOREIGN KEY (album_id) REFERENCES gallery_album ON DELETE CASCADE")
    sql("DELETE FROM gallery_album")
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


@dataclass(frozen=True)
class Bypass:
    do: Callable[[], None]
    found: dict[Kind, int]

    def __str__(self) -> str:
        return self.do.__name__


BYPASSES = [
    Bypass(update, {Kind.MISSING: 1, Kind.STALE: 1}),
    Bypass(update_of_a_proxy, {Kind.MISSING: 1, Kind.STALE: 1}),
    Bypass(bulk_create, {Kind.MISSING: 3}),
    Bypass(bulk_update, {Kind.MISSING: 2, Kind.STALE: 2}),
    Bypass(raw_delete, {Kind.STALE: 1}),
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


def named() -> set[str]:
    return Look("default")(list(models.Blob.objects.values_list("key", flat=True)))


@pytest.mark.usefixtures("file_database")
@pytest.mark.parametrize("bypass", BYPASSES, ids=str)
def test_whatever_passes_the_models_by(bypass: Bypass, stored):
    check(bypass, stored)


@pytest.mark.usefixtures("postgresql_database")
def test_whatever_passes_the_models_by_on_postgresql(stored):
    """One after the other: to make a database takes longer than all of them."""
    for bypass in BYPASSES:
        check(bypass, stored)
        for model in (Magazine, Picture, Archive, Page, Story, models.Reference, models.Blob):
            sql(f"TRUNCATE {model._meta.db_table} CASCADE")
        for name in stored():
            storages["default"].delete(name)


def check(bypass: Bypass, stored: Callable[[], list[str]]) -> None:
    bypass.do()
    sweep_in(DAY + HOUR)
    assert named() <= set(stored()), "a sweep has deleted what a row names"

    found = audit(storage=True).found
    assert {kind: some.number for kind, some in found.items()} == bypass.found, bypass
    assert exit_code() == bool(bypass.found)

    assert exit_code("--repair") == 0
    sweep_in(2 * DAY + 2 * HOUR)
    assert set(stored()) == named(), "a sweep has deleted what a row names, or left what none does"

    assert exit_code("--storage") == 0
    assert audit(storage=True).found == {}


def exit_code(*options: str) -> int:
    """As a shell sees it; `manage.py` makes 1 of a CommandError."""
    try:
        call_command("safelight_audit", *options, stdout=io.StringIO(), stderr=io.StringIO())
    except CommandError as error:
        return error.returncode
    return 0
