"""Sweeps at the same time as everything else, on real connections: whoever is faster, no row names what is gone."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial

import pytest
from django.core.files.storage import storages
from django.db import OperationalError, connection, transaction
from django.db.models import F
from tests.deadlocks import rival, saved
from tests.django.app.models import Page, Picture
from tests.django.sweeps import DAY, HOUR, LEDGER, MINUTE, NONE, facts, intend, states, store, sweep_in

from safelight import Reference
from safelight.blob import State
from safelight.django import models
from safelight.django.sweeping import delete_now
from safelight.errors import UnknownKey
from safelight.side_file import SideFile


@pytest.fixture(params=["file_database", "postgresql_database", "mariadb_database"])
def database(request) -> None:
    request.getfixturevalue(request.param)


def with_a_connection(call: Callable[[], object]) -> Callable[[], object]:
    """`call`, for a thread: its database connection is closed at the end."""

    def work() -> object:
        try:
            return call()
        finally:
            connection.close()

    return work


@contextmanager
def beside(call: Callable[[], object]) -> Iterator[Future]:
    """`call` runs in another thread, and has ended when the block has."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(with_a_connection(call))
        yield future
    future.result()


def assert_nothing_lost() -> None:
    """What is referenced is ready, what is ready has its bytes."""
    found = states()
    for key in models.Reference.objects.values_list("blob_id", flat=True):
        assert found[key] == State.READY
    for key, state in found.items():
        if state == State.READY:
            assert storages["default"].exists(key)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("seed", range(3))
def test_attaching_while_a_sweep_runs(seed):
    """Each file is either attached and stays, or swept and cannot be attached."""
    keys = [store() for _ in range(60)]
    order = random.Random(seed).sample(keys, len(keys))
    start = threading.Barrier(2)
    refused = []

    def attach(key: str, row: int) -> None:
        with transaction.atomic():
            LEDGER.attach(key, Reference("gallery.picture", str(row), "image"))

    def attach_all() -> None:
        start.wait(10)
        for number, key in enumerate(order):
            try:
                saved(partial(attach, key, number), connection.vendor)
            except UnknownKey:
                refused.append(key)

    with beside(attach_all):
        start.wait(10)
        for _ in range(3):
            sweep_in(2 * DAY, batch=7)
    attached = set(models.Reference.objects.values_list("blob_id", flat=True))
    assert attached | set(refused) == set(keys)
    assert attached.isdisjoint(refused)
    assert {key for key in keys if storages["default"].exists(key)} == attached
    assert_nothing_lost()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("seed", range(3))
def test_documents_exchange_files_while_sweeps_run(seed):
    """Two writers move the same files between rows and places, while two sweeps without any grace run."""
    keys = [store() for _ in range(8)]
    Page.objects.bulk_create([Page(pk=1, body={}), Page(pk=2, body={})])
    start = threading.Barrier(4)

    def write(pk: int) -> None:
        choose = random.Random(10 * seed + pk)
        start.wait(10)
        for _ in range(20):
            with suppress(UnknownKey):
                saved(Page(pk=pk, body={"gallery": choose.sample(keys, 3)}).save, connection.vendor)

    def sweep() -> None:
        start.wait(10)
        for _ in range(10):
            sweep_in(NONE, grace=NONE)

    with beside(lambda: write(1)), beside(lambda: write(2)), beside(sweep):
        start.wait(10)
        for _ in range(10):
            sweep_in(NONE, grace=NONE)
    assert_nothing_lost()
    named = {key for page in Page.objects.all() for key in page.body.get("gallery", [])}
    assert named == set(models.Reference.objects.values_list("blob_id", flat=True))
    sweep_in(DAY, grace=NONE)
    assert set(states()) == named


def sweep_what_both_passed_by(age: timedelta) -> int:
    """MariaDB locks for a moment what a statement only reads on its way, so that of two sweeps each may take a row for
    the other's; as with whatever is locked, the next one does it."""
    return sweep_in(age).deleted if connection.vendor == "mysql" else 0


@pytest.mark.usefixtures("database")
def test_two_sweeps_at_once(upload):
    kept = Picture.objects.create(image=upload()).image.name
    keys = [store() for _ in range(40)]
    start = threading.Barrier(2)

    def sweep() -> int:
        start.wait(10)
        return sweep_in(2 * DAY, batch=3).deleted

    with beside(sweep) as other:
        mine = sweep()
    alone = sweep_what_both_passed_by(2 * DAY)
    assert mine + other.result() + alone >= len(keys), "what both had taken up is deleted twice"
    assert states() == {kept: State.READY, **dict.fromkeys(keys, State.DELETED)}
    with beside(lambda: sweep_in(4 * DAY, batch=3)):
        sweep_in(4 * DAY, batch=3)
    sweep_what_both_passed_by(4 * DAY)
    assert states() == {kept: State.READY}
    assert_nothing_lost()


@contextmanager
def losing(key: str) -> Iterator[list[str]]:
    """The first change of a blob loses a deadlock. What comes back are those that were begun."""
    settings, changes = connection.settings_dict, []

    def run(statement: str) -> Sequence[object] | None:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None

    def change(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and models.Blob._meta.db_table in sql:
            changes.append(sql)
            if len(changes) == 1:
                lose(run)
        return execute(sql, params, many, context)

    server = connection.vendor, int(settings["PORT"]), settings["USER"], settings["NAME"]
    with rival(*server, key) as lose, connection.execute_wrapper(change):
        yield changes


@pytest.mark.parametrize("server", ["postgresql_database", "mariadb_database"])
class TestDeadlocks:
    @pytest.fixture(autouse=True)
    def keys(self, server, request) -> list[str]:
        request.getfixturevalue(server)
        return sorted(store() for _ in range(2))

    def test_a_sweep_that_loses_goes_on(self, keys):
        with losing(keys[0]) as changes:
            assert sweep_in(2 * DAY).deleted
        assert len(changes) > 1
        assert states()[keys[1]] == State.DELETED
        assert_nothing_lost()

    def test_a_transaction_of_the_apps_is_not_repeated(self, keys):
        with losing(keys[0]) as changes, pytest.raises(OperationalError), transaction.atomic():
            delete_now(keys[0])
        assert len(changes) == 1
        assert states() == dict.fromkeys(keys, State.READY)


class Elsewhere:
    """A transaction on another connection: it does something, is held open, and then does the rest and ends."""

    def __init__(self, act: Callable[[], object], then: Callable[[], object] = bool, *, commits: bool = True) -> None:
        self._act, self._then, self._commits = act, then, commits
        self._acted, self._end = threading.Event(), threading.Event()

    def _run(self) -> None:
        with suppress(ZeroDivisionError), transaction.atomic():
            try:
                self._act()
            finally:
                self._acted.set()
            self._end.wait(20)
            self._then()
            if not self._commits:
                raise ZeroDivisionError

    @contextmanager
    def held_open(self) -> Iterator[None]:
        with beside(self._run):
            try:
                assert self._acted.wait(10)
                yield
            finally:
                self._end.set()


ROW = Reference("gallery.picture", "1", "image")


@pytest.mark.usefixtures("postgresql_database")
class TestOpenTransactions:
    """PostgreSQL: a sweep waits for nobody. (If it did, a lock_timeout would end it.)"""

    @pytest.mark.parametrize("commits", [True, False])
    def test_one_that_attaches(self, commits):
        key, other = store(), store()
        with Elsewhere(lambda: LEDGER.attach(key, ROW), commits=commits).held_open():
            assert sweep_in(2 * DAY).deleted == 1
            assert states() == {key: State.READY, other: State.DELETED}
        assert sweep_in(2 * DAY).deleted == (not commits)
        assert storages["default"].exists(key) == commits

    @pytest.mark.parametrize("commits", [True, False])
    def test_one_that_releases(self, commits):
        key = self.attached_and_old()
        with Elsewhere(lambda: LEDGER.release(key, ROW), commits=commits).held_open():
            assert sweep_in(DAY, grace=HOUR).deleted == 0
        assert states() == {key: State.READY}
        assert sweep_in(2 * DAY).deleted == commits
        assert storages["default"].exists(key) == (not commits)

    def test_one_that_is_about_to_release(self):
        """Its reference is gone, which nobody sees yet; the grace has not begun."""
        key = self.attached_and_old()
        release = Elsewhere(lambda: models.Reference.objects.all().delete(), lambda: LEDGER.release(key, ROW))
        with release.held_open():
            assert sweep_in(DAY, grace=HOUR).referenced == 1
            assert models.Blob.objects.get().free_since is None
        assert models.Blob.objects.get().free_since is not None
        assert sweep_in(DAY - MINUTE).deleted == 0
        assert sweep_in(DAY + MINUTE).deleted == 1

    def attached_and_old(self) -> str:
        """It has been free since it was made, as the release of another reference may leave it."""
        key = store()
        LEDGER.attach(key, ROW)
        models.Blob.objects.update(free_since=F("created"))
        return key

    @pytest.mark.parametrize("commits", [True, False])
    def test_one_that_has_made_an_old_intent_ready(self, commits):
        key = intend()
        with Elsewhere(lambda: LEDGER.ready(facts(key)), commits=commits).held_open():
            assert sweep_in(2 * DAY).unfinished == 0
        assert states() == {key: State.READY if commits else State.INTENT}
        assert storages["default"].exists(key)
        assert sweep_in(HOUR + MINUTE, grace=DAY).unfinished == 0
        assert sweep_in(HOUR + MINUTE, grace=NONE).unfinished == (not commits)

    @pytest.mark.parametrize("state", list(State))
    def test_one_that_has_locked_the_row(self, state):
        key = store(owner="7")
        models.Blob.objects.update(state=state)
        since = models.Blob.objects.get().created
        with Elsewhere(lambda: list(models.Blob.objects.select_for_update())).held_open():
            sweep_in(2 * DAY)
            LEDGER.spare([key], since)
            LEDGER.hurry([key], "7", since)
        assert states() == {key: state}


def test_an_upload_that_has_not_committed_yet_is_not_swept_on_sqlite(file_database, upload, stored):
    """Its intent lies beside the database, where a sweep finds it old. Its row is written and not to be seen; but the
    sweep cannot write before it is."""
    with ThreadPoolExecutor(1) as pool:
        with Elsewhere(lambda: Picture.objects.create(image=upload())).held_open():
            sweep = pool.submit(with_a_connection(lambda: sweep_in(2 * DAY)))
            wait([sweep], timeout=0.3)  # long enough for it to begin waiting, on any but a busy machine
        assert (sweep.result().unfinished, sweep.result().deleted) == (0, 0)
    assert states() == {Picture.objects.get().image.name: State.READY}
    assert stored() == list(states())
    assert SideFile(str(file_database)).intents() == []
