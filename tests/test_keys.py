"""Keys: unguessable, ours, never longer than a column, and never outside of their prefix."""

import io
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.keys import MAX_LENGTH, MAX_PREFIX, as_prefix, is_ours, new_key
from safelight.ownership import MARKER, Guard
from safelight.storage import DiskStorage
from safelight.storage.names import checked

NOW = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [
        ("%Y/%m/%d", "2026/11/20/"),
        ("images/%Y/", "images/2026/"),
        ("/images/", "images/"),
        ("", ""),
        ("/", ""),
        ("a-b_c.d/1", "a-b_c.d/1/"),
    ],
)
def test_a_key_lies_below_its_prefix(prefix, folder):
    key = new_key(prefix, "png", NOW)
    assert key.startswith(folder)
    assert "/" not in key.removeprefix(folder)
    assert key.endswith(".png")
    assert is_ours(key)


@pytest.mark.parametrize(
    "prefix",
    ["..", "a/../b", ".hidden", "a/.b", "a b", "a//b", "a\\b", "a\nb", "a\n", "č", "C:/x", "%", "%%", "a" * 65],
)
def test_a_prefix_that_would_leave_the_storage_or_not_fit_is_refused(prefix):
    with pytest.raises(ValueError, match="no prefix for keys"):
        new_key(prefix, "png", NOW)


def test_the_longest_key_fits():
    assert len(new_key("a" * MAX_PREFIX, "x" * 5, NOW)) <= MAX_LENGTH


@given(st.text(max_size=70))
def test_whatever_the_prefix_the_key_is_a_name_in_a_storage(prefix):
    try:
        key = new_key(prefix, "png", NOW)
    except ValueError:
        return
    assert checked(key) == key
    assert len(key) <= MAX_LENGTH
    assert is_ours(key)


@pytest.mark.parametrize("name", [MARKER, f"/{MARKER}/x", MARKER.upper(), f".{MARKER}"])
def test_no_folder_is_in_the_place_of_a_storages_mark(tmp_path, name):
    """Users choose their names, and an app may call folders by them."""
    storage = DiskStorage(tmp_path)
    storage.save(new_key(as_prefix(name), "png", NOW), io.BytesIO(b"data"))
    Guard(str(uuid4())).require(storage, "default")
    assert (tmp_path / MARKER).is_file()


def test_keys_are_never_the_same_in_whatever_case():
    keys = {new_key("", "png", NOW) for _ in range(1000)}
    assert len(keys) == 1000
    assert {key.lower() for key in keys} == keys


@given(st.integers(0, 28), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_key_with_one_letter_changed_is_not_ours(at, letter):
    key = new_key("", "png", NOW)
    changed = key[:at] + letter + key[at + 1 :]
    assert is_ours(changed) == (changed == key)


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda key: key + "~",
        lambda key: key + "\n",
        lambda key: "x" + key,
        lambda key: key.replace(".png", ".png.php"),
        lambda key: key.replace(".png", "_320.png"),
        lambda key: key + "/",
        lambda key: "",
        lambda key: "photo.jpg",
    ],
)
def test_what_is_not_exactly_a_key_is_not_ours(change):
    assert not is_ours(change(new_key("", "png", NOW)))
