"""Paths: whatever the names, two places have two paths, and a path leads back to its place."""

import copy

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.json_schemas import arbitrary

from safelight.documents import SEPARATOR, Schema, join, split
from safelight.documents.paths import as_index

names = st.text(st.sampled_from("ab0123~§ "), max_size=4) | st.text(max_size=3)
steps = st.lists(names | st.integers(0, 200), max_size=5)


def test_a_path_reads_as_it_is_said():
    assert join(["gallery", 0, "picture"]) == "gallery§0§picture"
    assert split("gallery§0§picture") == ("gallery", "0", "picture")
    assert join(["half~way", "café", "a.b/c"]) == "half~way§café§a.b/c"
    assert join([]) == ""
    assert split("") == ()


def test_a_name_that_would_read_as_a_path_is_escaped():
    assert join(["a§b"]) == "a~1b"
    assert join(["a", "b"]) == "a§b"
    assert join([""]) == "~2"
    assert join(["a", "", "b"]) == "a§~2§b"
    assert join(["~1"]) == "~01"


@given(steps)
@example([""])
@example(["~§", "~~2", "§"])
def test_a_path_leads_back_to_its_steps(steps):
    path = join(steps)
    assert split(path) == tuple(map(str, steps))
    assert path.count(SEPARATOR) == max(0, len(steps) - 1)


@pytest.mark.parametrize("step", ["", "-1", "+1", "1.0", "²", "٣", "1_0", " 1", "9" * 5000, "x"])
def test_what_is_no_index(step):
    assert as_index(step) is None


def places(value, steps=()):
    yield steps
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield from places(one, (*steps, step))


def at(document, steps):
    for step in steps:
        document = document[step]
    return document


SCHEMA = Schema.of({"type": "dict", "keys": {}})


@given(arbitrary, st.data())
def test_what_is_replaced_is_that_and_nothing_else(document, data):
    before = copy.deepcopy(document)
    ends = [place for place in places(document) if not isinstance(at(document, place), dict | list)]
    chosen = data.draw(st.lists(st.sampled_from(ends), unique=True, max_size=4)) if ends else []
    new = SCHEMA.replaced(document, {join(place): f"new {number}" for number, place in enumerate(chosen)})
    assert repr(document) == repr(before)
    assert list(places(new)) == list(places(document))
    for place in ends:
        expected = f"new {chosen.index(place)}" if place in chosen else at(before, place)
        assert repr(at(new, place)) == repr(expected)


def test_what_does_not_change_is_shared():
    document = {"a": {"x": "1"}, "b": [{"y": "2"}]}
    new = SCHEMA.replaced(document, {"b§0§y": "3"})
    assert new == {"a": {"x": "1"}, "b": [{"y": "3"}]}
    assert new["a"] is document["a"]


@pytest.mark.parametrize("path", ["b", "a§0", "l§2", "l§-1", "l§x", "a§x§y", "l§0§0"])
def test_a_path_that_leads_nowhere_replaces_nothing(path):
    document = {"a": {"x": "1"}, "l": ["1", "2"]}
    with pytest.raises(KeyError):
        SCHEMA.replaced(document, {"a§x": "2", path: "3"})
    assert document == {"a": {"x": "1"}, "l": ["1", "2"]}
