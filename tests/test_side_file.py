"""The side file must not lose an intent."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from safelight.side_file import SideFile


def test_it_lies_beside_the_database(tmp_path):
    SideFile(str(tmp_path / "db.sqlite3")).add("a.png", "default")
    assert [path.name for path in tmp_path.iterdir()] == ["db.sqlite3-safelight"]


def test_all_who_open_the_database_find_it_by_whatever_name(tmp_path):
    """As SQLite does with its own files beside it."""
    database, link = tmp_path / "the db", tmp_path / "elsewhere" / "link"
    database.touch()
    link.parent.mkdir()
    link.symlink_to(database)
    SideFile(str(database)).add("a.png", "default")
    for name in (str(link), f"file:{link}?mode=rwc", f"file://{tmp_path}/the%20db?cache=private"):
        assert SideFile(name).holds("a.png"), name


def test_intents_come_back_oldest_first_until_they_are_discarded(tmp_path):
    database = str(tmp_path / "db")
    SideFile(database).add("b.png", "default")
    SideFile(database).add("a.png", "archive")
    assert [(key, storage) for key, storage, _ in SideFile(database).intents()] == [
        ("b.png", "default"),
        ("a.png", "archive"),
    ]
    assert SideFile(database).holds("b.png")
    SideFile(database).discard("b.png")
    SideFile(database).discard("b.png")
    assert not SideFile(database).holds("b.png")
    assert [key for key, _, _ in SideFile(database).intents()] == ["a.png"]


def test_an_intent_survives_a_process_that_is_killed_right_after(tmp_path):
    database = str(tmp_path / "db")
    program = (
        "import os, sys; from safelight.side_file import SideFile;"
        f"SideFile({database!r}).add('a.png', 'default'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert [key for key, _, _ in SideFile(database).intents()] == ["a.png"]


def test_many_threads_at_once(tmp_path):
    """From the first moment on, when the file does not exist yet."""
    database = str(tmp_path / "db")

    def upload(number: int) -> None:
        side = SideFile(database)
        side.add(f"{number}.png", "default")
        if number % 2:
            side.discard(f"{number}.png")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(upload, range(40)))
    assert {key for key, _, _ in SideFile(database).intents()} == {f"{number}.png" for number in range(0, 40, 2)}
