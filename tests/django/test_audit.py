"""The audit of a Django app: beside others who write, and of columns that nobody follows any more."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from tests.django.app.models import Picture
from tests.django.raw import sql, truncate
from tests.django.suites import OnDjango
from tests.django.sweeps import LEDGER, fresh_key, store

from safelight import Reference
from safelight.audit import Kind
from safelight.blob import State
from safelight.django import models
from safelight.django.auditing import audit
from safelight.django.ledger import DjangoLedger
from safelight.testing import AuditConformance


class Conformance(OnDjango, AuditConformance):
    pass


@pytest.mark.usefixtures("db")
class TestInsideTestCase(Conformance):
    pass


@pytest.mark.usefixtures("file_database")
class TestSqliteFile(Conformance):
    pass


@pytest.mark.usefixtures("postgresql_database")
def test_conformance_on_postgresql():
    """The same."""
    for name in filter(lambda name: name.startswith("test_"), dir(Conformance)):
        suite = Conformance()
        suite.setup_method()
        getattr(suite, name)()
        truncate()


# --- beside others ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("postgresql_database")
class TestBesideOthers:
    """On a database in which many write at once."""

    @pytest.fixture
    def key(self) -> str:
        """Of a file that a row names, and of which the ledger does not know."""
        (row,) = Picture.objects.bulk_create([Picture(image=store())])
        return row.image.name

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

        Picture.objects.create(image=store())
        Picture.objects.update(image=store())
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
