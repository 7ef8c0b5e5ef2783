"""The audit: whatever passes the models' saves by loses no file, is told, is mended, and leaves nothing behind."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from tests.bypasses import Bypass, cascade, check
from tests.django.app.models import Album, Archive, Magazine, Page, Picture, Shot, Snapshot, Story
from tests.django.sweeps import LEDGER, fresh_key, store, sweep_in

from safelight import Reference
from safelight.audit import Audited, Kind
from safelight.blob import State
from safelight.django import models
from safelight.django.auditing import audit
from safelight.django.holders import Look
from safelight.django.ledger import DjangoLedger
from safelight.testing import AuditConformance


def sql(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


class Conformance(AuditConformance):
    def make_ledger(self) -> DjangoLedger:
        models.Installation.objects.create(identity=str(uuid4()), place="")
        return LEDGER


@pytest.mark.usefixtures("db")
class TestInsideTestCase(Conformance):
    pass


@pytest.mark.usefixtures("file_database")
class TestSqliteFile(Conformance):
    pass


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
        return set(self.stored())

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


@pytest.mark.usefixtures("postgresql_database")
def test_conformance_on_postgresql():
    """The same."""
    for name in filter(lambda name: name.startswith("test_"), dir(Conformance)):
        suite = Conformance()
        suite.setup_method()
        getattr(suite, name)()
        truncate()


def truncate() -> None:
    of_rows = (Magazine, Picture, Archive, Page, Story)
    tables = [model._meta.db_table for model in (*of_rows, models.Reference, models.Blob, models.Installation)]
    sql(f"TRUNCATE {', '.join(tables)} CASCADE")


# --- beside others ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("postgresql_database")
class TestBesideOthers:
    """On a database in which many write at once."""

    @pytest.fixture
    def key(self) -> str:
        """Of a file that a row names, and of which the ledger does not know."""
        bulk_create()
        return Picture.objects.order_by("pk")[0].image.name

    @pytest.fixture
    def other(self):
        """Somebody else's cursor, in a transaction that is open until the test ends."""
        beside = connection.copy()
        beside.set_autocommit(False)
        with beside.cursor() as cursor:
            yield cursor
        beside.close()

    @pytest.mark.parametrize(
        "does",
        [
            "SELECT 1 FROM gallery_picture WHERE image = %s FOR UPDATE",
            "UPDATE safelight_blob SET free_since = NULL WHERE key = %s",
        ],
    )
    def test_nobody_is_waited_for(self, key: str, other, does: str):
        """lock_timeout would say so."""
        other.execute(does, [key])
        told = audit(repair=True)
        assert (told.busy, told.open) == (1, 1)
        assert not models.Reference.objects.filter(blob_id=key).exists()
        other.connection.rollback()
        assert audit(repair=True).complete

    def test_what_is_mended_half_is_not_mended_at_all(self, monkeypatch):
        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        update()
        old, new = models.Reference.objects.get().blob_id, Picture.objects.get().image.name
        with monkeypatch.context() as patch:
            patch.setattr(DjangoLedger, "attach" if old < new else "release", killed)  # whichever comes second
            with pytest.raises(KeyboardInterrupt):
                audit(repair=True)
        assert {kind: some.number for kind, some in audit().found.items()} == {Kind.MISSING: 1, Kind.STALE: 1}
        assert audit(repair=True).complete

    def test_it_mends_while_others_save(self):
        """Files that go from row to row, in saves and past them; two audits beside."""
        keys = sorted(store() for _ in range(6))
        rows = [Picture.objects.create(image=key) for key in keys]

        def save(turn: int) -> None:
            for number in range(40):
                row = Picture.objects.get(pk=rows[(turn + number) % len(rows)].pk)
                row.image = keys[(turn * number) % len(keys)]
                if number % 4:
                    row.save()
                else:
                    Picture.objects.filter(pk=row.pk).update(image=row.image.name)
            connection.close()

        def mend(_: int) -> None:
            for _ in range(5):
                audit(repair=True)
            connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda at: (save, save, mend, mend)[at](at + 1), range(4)))
        assert audit(repair=True).complete
        assert audit().found == {}
        held = set(models.Reference.objects.values_list("blob_id", "row"))
        assert held == {(row.image.name, str(row.pk)) for row in Picture.objects.all()}


def test_it_does_not_run_inside_a_transaction(file_database):
    with transaction.atomic(), pytest.raises(RuntimeError, match="An audit commits each of its steps"):
        audit()


@pytest.mark.usefixtures("file_database")
class TestWhatIsNotFollowed:
    """A model may be put away by a setting, and its rows still name files."""

    def attach(self, holder: str, field: str) -> str:
        key = store()
        LEDGER.attach(key, Reference(holder, "1", field))
        return key

    def test_a_table_that_is_there_keeps_its_files(self):
        sql("CREATE TABLE retired_thing (id integer, image varchar(100))")
        key = self.attach("retired.thing", "image")
        told = audit(repair=True)
        assert told.complete
        assert list(told.found) == [Kind.UNFOLLOWED]
        assert models.Reference.objects.filter(blob_id=key).exists()

    def test_a_field_that_is_a_plain_one_now_keeps_its_files(self):
        key = self.attach("gallery.plain", "document")
        assert list(audit(repair=True).found) == [Kind.UNFOLLOWED]
        assert models.Reference.objects.filter(blob_id=key).exists()

    @pytest.mark.parametrize(
        ("holder", "field"),
        [("retired.other", "image"), ("gallery.plain", "gone"), ("gallery.picture", "image"), ("nonsense", "image")],
    )
    def test_what_is_gone_keeps_nothing(self, holder: str, field: str):
        self.attach(holder, field)
        told = audit(repair=True)
        assert told.complete
        assert {kind: some.mended for kind, some in told.found.items()} == {Kind.STALE: 1}
        assert not models.Reference.objects.exists()


def test_databases_share_their_storages(file_database, second_database, stored):
    """What one ledger does not know, another may."""
    DjangoLedger(second_database).intend(key := store(), "default")
    models.Blob.objects.filter(key=key).delete()
    assert stored() == [key]
    assert audit(storage=True).complete
    models.Blob.objects.using(second_database).all().delete()
    models.Blob.objects.create(key=fresh_key(), storage="default", state=State.READY)
    assert Kind.STRAY in audit(storage=True).found
