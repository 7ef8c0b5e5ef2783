"""The sweep on real databases: every kind keeps the same rules, and what is swept is what Django's rows do not name."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.files.storage import storages
from django.db import connection, transaction
from tests.django.app.models import Archive, Page, Picture
from tests.django.suites import OnDjango, OnEachDatabase, OnMariadb
from tests.django.sweeps import DAY, HOUR, LEDGER, MINUTE, NONE, facts, fresh_key, intend, states, store, sweep_in

from safelight import Reference
from safelight.blob import State
from safelight.django import models
from safelight.django.holders import Look, named_in_text
from safelight.django.sweeping import delete_now, sweep
from safelight.errors import IntentExpired
from safelight.side_file import SideFile
from safelight.testing import SweepConformance


class TestConformance(OnEachDatabase, SweepConformance):
    pass


@pytest.mark.usefixtures("transactional_db")
class TestInMemory(OnDjango, SweepConformance):
    pass


class TestMariadb(OnMariadb, SweepConformance):
    pass


# --- beyond conformance ----------------------------------------------------------------------------------------------


@pytest.fixture(params=["file_database", "postgresql_database", "mariadb_database"])
def database(request) -> str:
    request.getfixturevalue(request.param)
    return request.param


@pytest.mark.usefixtures("database")
class TestFiles:
    def test_those_of_rows_that_are_gone_are_deleted(self, upload, stored):
        gone, stays = (Picture.objects.create(image=upload()) for _ in range(2))
        gone.delete()
        assert len(stored()) == 2
        assert sweep(grace=NONE).deleted == 1
        assert stored() == [stays.image.name]
        assert sweep(grace=NONE).examined == 0

    def test_the_grace_period_is_the_settings(self, settings, stored):
        store()
        assert sweep().deleted == 0
        settings.SAFELIGHT = {"GRACE": "0s"}
        assert sweep().deleted == 1
        assert stored() == []

    def test_every_storage_is_swept(self):
        here, there = store(), store("other")
        assert sweep(grace=NONE).deleted == 2
        assert not storages["default"].exists(here)
        assert not storages["other"].exists(there)

    def test_a_storage_that_is_not_in_the_settings_any_more_is_a_failure(self):
        here, there = store(), store("other")
        models.Blob.objects.filter(key=there).update(storage="retired")
        swept = sweep(grace=NONE)
        assert (swept.deleted, [failure.key for failure in swept.failures]) == (1, [there])
        assert "retired" in swept.failures[0].reason
        assert not storages["default"].exists(here)

    def test_without_time_zones(self, settings):
        settings.USE_TZ, settings.TIME_ZONE = False, "America/New_York"
        key, upload = store(), intend()
        assert sweep_in(DAY - HOUR).examined == 0
        swept = sweep_in(DAY + HOUR)
        assert (swept.deleted, swept.unfinished) == (1, 1)
        assert states() == {key: State.DELETED, upload: State.DELETED}
        assert sweep_in(2 * DAY + 2 * HOUR).forgotten == 2
        assert states() == {}


@pytest.mark.usefixtures("database")
class TestTheLook:
    """What passes the models' own saves by is seen by it."""

    def is_spared(self, key: str) -> bool:
        assert not models.Reference.objects.filter(blob_id=key).exists()
        swept = sweep(grace=NONE)
        spared = swept.spared == 1
        assert swept.deleted == (not spared)
        assert storages["default"].exists(key) == spared
        assert states().get(key) == (State.READY if spared else None)
        return spared

    def test_an_update(self):
        key = store()
        Picture.objects.bulk_create([Picture()])
        Picture.objects.update(image=key)
        assert self.is_spared(key)
        Picture.objects.update(image="")
        assert not self.is_spared(key)

    def test_bulk_create(self, upload):
        Picture.objects.bulk_create([Picture(image=upload())])
        assert self.is_spared(Picture.objects.get().image.name)

    def test_a_row_that_its_managers_hide(self):
        key = store()
        Archive.objects.bulk_create([Archive(image=key, hidden=True)])
        assert not Archive.objects.exists()
        assert self.is_spared(key)

    @pytest.mark.parametrize("body", ["{}", {"a": [{"b": "{}"}]}, {"{}": 1}, ["a text with {} in it"]])
    def test_a_document(self, body):
        key = store()
        Page.objects.bulk_create([Page(body=None), Page(body=filled(body, key)), Page(body=["something", "else"])])
        assert self.is_spared(key)
        Page.objects.update(body={})
        assert not self.is_spared(key)

    def test_a_document_that_another_program_wrote(self):
        """PHP escapes slashes."""
        key = store()
        Page.objects.bulk_create([Page()])
        with connection.cursor() as cursor:
            document = '{"cover": "' + key.replace("/", "\\/") + '"}'
            column = connection.ops.quote_name("the body")
            cursor.execute(f"UPDATE gallery_page SET {column} = %s", [document])
        assert self.is_spared(key)

    def test_a_scan_of_documents_finds_each_of_many_keys(self):
        keys = [fresh_key() for _ in range(600)]
        Page.objects.bulk_create([Page(body={"gallery": keys[n : n + 7]}) for n in range(0, 70, 7)])
        assert named_in_text(Page.objects.all(), "body", keys[:5] + keys[65:]) == {*keys[:5], *keys[65:70]}
        assert named_in_text(Page.objects.all(), "body", keys[70:]) == set()
        assert named_in_text(Page.objects.all(), "body", []) == set()

    def test_it_costs_one_query_for_each_column(self, django_assert_num_queries):
        keys = [store() for _ in range(20)]
        Picture.objects.bulk_create([Picture(image=keys[0])])
        look = Look("default")
        with django_assert_num_queries(len(list(look._columns()))):
            assert look(keys) == {keys[0]}
        assert {"gallery.picture.image", "gallery.page.body", "gallery.article.cover"} <= set(look.seconds)
        assert "gallery.snapshot.image" not in look.seconds, "that is the picture's"
        with django_assert_num_queries(0):
            assert look([]) == set()

    def test_it_asks_only_where_there_are_such_rows(self, settings):
        class Elsewhere:
            def allow_migrate(self, db, app_label, **hints):
                return app_label != "gallery"

        assert list(Look("default")._columns())
        settings.DATABASE_ROUTERS = [Elsewhere()]
        assert not list(Look("default")._columns())


def filled(body: object, key: str) -> object:
    if isinstance(body, dict):
        return {name.replace("{}", key): filled(value, key) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, key) for value in body]
    return body.replace("{}", key) if isinstance(body, str) else body


@pytest.mark.usefixtures("database")
class TestTransactions:
    def test_a_sweep_refuses_to_run_inside_one(self):
        key = store()
        with transaction.atomic(), pytest.raises(RuntimeError):
            sweep(grace=NONE)
        transaction.set_autocommit(False)
        try:
            with pytest.raises(RuntimeError):
                sweep(grace=NONE)
        finally:
            transaction.set_autocommit(True)
        assert storages["default"].exists(key)

    def test_a_release_that_is_rolled_back_has_not_happened(self, upload, stored):
        picture = Picture.objects.create(image=upload())
        with suppress(ZeroDivisionError), transaction.atomic():
            Picture.objects.all().delete()
            raise ZeroDivisionError
        assert sweep(grace=NONE).examined == 0
        assert stored() == [picture.image.name]

    def test_nor_has_a_deletion_by_request_if_only_a_savepoint_by_hand_was_rolled_back(self, stored):
        key = store()
        with transaction.atomic():
            savepoint = connection.savepoint()
            delete_now(key)
            connection.savepoint_rollback(savepoint)
            Picture.objects.create(image=key)
        assert stored() == [key]
        assert states() == {key: State.READY}

    def test_what_a_rollback_has_left_is_swept(self, upload, stored):
        with suppress(ZeroDivisionError), transaction.atomic():
            Picture.objects.create(image=upload())
            raise ZeroDivisionError
        assert sweep_in(HOUR - MINUTE, grace=NONE).examined == 0, "so far it may be an upload under way"
        assert len(stored()) == 1
        assert sweep_in(HOUR + MINUTE, grace=NONE).unfinished == 1
        assert stored() == []
        assert sweep_in(3 * HOUR, grace=NONE).forgotten == 1
        assert states() == {}


@pytest.mark.django_db
def test_a_sweep_runs_inside_djangos_test_case(upload, stored):
    Picture.objects.create(image=upload()).delete()
    assert sweep(grace=NONE).deleted == 1
    assert stored() == []


class TestSideFile:
    """SQLite: an intent made inside a transaction lies beside the database, and is swept from there."""

    def intend_and_roll_back(self) -> str:
        with suppress(ZeroDivisionError), transaction.atomic():
            key = intend()
            raise ZeroDivisionError
        return key

    def on_side(self, path) -> list[str]:
        return [key for key, _, _ in SideFile(str(path)).intents()]

    def test_an_intent_comes_into_the_table_when_it_expires(self, file_database, stored):
        old = self.intend_and_roll_back()
        assert states() == {}
        assert sweep_in(HOUR + MINUTE, grace=NONE).unfinished == 1
        assert (self.on_side(file_database), states(), stored()) == ([], {old: State.DELETED}, [])

    def test_a_dry_run_counts_it_and_leaves_it(self, file_database):
        old, table = self.intend_and_roll_back(), intend()
        told = sweep_in(2 * DAY, dry_run=True)
        assert (told.examined, told.unfinished) == (2, 2)
        assert self.on_side(file_database) == [old]
        assert states() == {table: State.INTENT}

    def test_a_sweep_makes_no_side_file(self, file_database):
        sweep_in(2 * DAY, dry_run=True)
        sweep_in(2 * DAY)
        assert [path.name for path in file_database.parent.iterdir() if "safelight" in path.name] == []

    def test_what_was_not_forgotten_beside_is_forgotten_now(self, file_database, stored):
        """Transactions that are managed by hand run no hooks, and a hook may be killed."""
        transaction.set_autocommit(False)
        try:
            key = store()
            transaction.commit()
        finally:
            transaction.set_autocommit(True)
        LEDGER.attach(key, Reference("gallery.picture", "1", "image"))
        assert self.on_side(file_database) == [key]
        swept = sweep_in(2 * DAY)
        assert (swept.examined, swept.referenced, swept.unfinished) == (1, 1, 0)
        assert (self.on_side(file_database), states(), stored()) == ([], {key: State.READY}, [key])

    def test_an_intent_that_lies_in_both_is_one(self, file_database, stored):
        """A sweep was killed when it had brought it into the table and not yet forgotten it beside."""
        key = self.intend_and_roll_back()
        models.Blob.objects.create(key=key, storage="default", created=datetime.now(UTC))
        assert sweep_in(2 * DAY).unfinished == 1
        assert (self.on_side(file_database), states(), stored()) == ([], {key: State.DELETED}, [])

    def test_many_are_swept_in_batches(self, file_database, stored):
        keys = {self.intend_and_roll_back() for _ in range(3)} | {intend() for _ in range(3)}
        assert sweep_in(2 * DAY, batch=2).unfinished == 6
        assert (self.on_side(file_database), states(), stored()) == ([], dict.fromkeys(keys, State.DELETED), [])

    def test_an_upload_whose_intent_expired_meanwhile_is_not_ready(self, file_database):
        with transaction.atomic():
            key = intend()
            found = LEDGER.aged(State.INTENT, datetime.now(UTC) + HOUR, limit=10)
            assert [row.key for row in LEDGER.expire(found, datetime.now(UTC) + HOUR)] == [key]
            with pytest.raises(IntentExpired):
                LEDGER.ready(facts(key))


@pytest.mark.usefixtures("database")
class TestCost:
    """It follows the few candidates, not the many files that are fine."""

    @pytest.fixture(autouse=True)
    def many(self, database):
        blobs = [
            models.Blob(key=f"{number}.png", storage="default", state=State.READY, size=1) for number in range(3000)
        ]
        models.Blob.objects.bulk_create(blobs)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE TABLE safelight_blob" if connection.vendor == "mysql" else "ANALYZE")

    @pytest.mark.parametrize(
        ("state", "index"),
        [
            (State.INTENT, "safelight_blob_intent"),
            (State.READY, "safelight_blob_free"),
            (State.DELETING, "safelight_blob_free"),
            (State.DELETED, "safelight_blob_free"),
        ],
    )
    def test_indexes_of_what_is_looked_for_are_used(self, state, index):
        plans = []
        if connection.vendor == "mysql" and state is State.INTENT:
            index = "safelight_blob_newest"  # the other one is not partial there

        def explain(execute, sql, params, many, context):
            prefix = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"{prefix} {sql}", params)  # past this very wrapper
                plans.append("\n".join(map(str, used(cursor.cursor.fetchall()))))
            return execute(sql, params, many, context)

        def used(plan):
            """MySQL tells other indexes, too: those that it might have used."""
            return [(row[2], row[5]) for row in plan] if connection.vendor == "mysql" else plan

        store()
        (free,) = LEDGER.aged(State.READY, datetime.now(UTC), limit=1)
        first = replace(free, since=free.since - DAY)  # so that all are behind it
        with connection.execute_wrapper(explain):
            LEDGER.aged(state, datetime.now(UTC), limit=500)
            LEDGER.aged(state, datetime.now(UTC), limit=500, after=first)
            LEDGER.count(state, datetime.now(UTC))
        assert len(plans) == 3
        for plan in plans:
            assert index in plan
            assert "Seq Scan on safelight_blob" not in plan
            assert "SCAN safelight_blob\n" not in plan
