"""Read-only values: what only the server writes stays as it is, and everything else may change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.json_schemas import arbitrary, calls, pairs, whole_schemas

from safelight.documents import Schema

STRING = {"type": "string"}
FIXED = {"type": "string", "readonly": True}

PAGE = Schema.of(
    {
        "keys": {
            "id": FIXED,
            "title": STRING,
            "created": {"type": "string", "readOnly": True, "default": "today"},
            "author": {"type": "dict", "readonly": True, "keys": {"name": STRING, "age": {"type": "number"}}},
            "place": {"$ref": "#/$defs/place"},
            "rows": {"type": "list", "items": {"keys": {"id": FIXED, "text": STRING}}},
            "log": {"type": "list", "readonly": True, "items": STRING},
            "tree": {"type": "list", "items": {"$ref": "#"}},
        },
        "$defs": {"place": {"keys": {"city": STRING, "code": FIXED}}},
    }
)


def changes(old, new, schema=PAGE):
    return {error.path: dict(error.numbers) for error in schema.readonly_changes(old, new)}


def test_what_may_not_change_and_what_was_there():
    old = {"id": "1", "title": "a", "place": {"city": "b", "code": "c"}, "log": ["x"], "author": {"name": "y"}}
    assert changes(old, old) == {}
    assert changes(old, old | {"title": "z", "place": {"city": "z", "code": "c"}}) == {}
    assert changes(old, old | {"id": "2"}) == {"id": {"was": "1"}}
    assert changes(old, {}) == {
        "id": {"was": "1"},
        "place§code": {"was": "c"},
        "log": {"was": ["x"]},
        "author": {"was": {"name": "y"}},
    }
    assert changes(old, old | {"log": ["x", "y"]}) == {"log": {"was": ["x"]}}
    assert changes(old, old | {"author": {"name": "z"}}) == {"author": {"was": {"name": "y"}}}
    assert changes(old, old | {"place": None}) == {"place§code": {"was": "c"}}
    (error,) = PAGE.readonly_changes({"id": "1"}, {"id": "2"})
    assert (error.code, error.message) == ("read_only", "This cannot be changed.")


def test_what_was_missing_may_not_appear():
    assert changes({}, {"id": "1"}) == {"id": {}}
    assert changes(None, {"id": "1", "title": "a"}) == {"id": {}}
    assert changes(None, {"rows": [{"id": "1"}]}) == {"rows§0§id": {}}


def test_a_default_is_no_invention():
    assert changes(None, {"created": "today"}) == {}
    assert changes({"created": ""}, {"created": "today"}) == {}
    assert changes(None, {"created": "yesterday"}) == {"created": {}}
    assert changes({"created": "yesterday"}, {"created": "today"}) == {"created": {"was": "yesterday"}}


def test_what_is_empty_may_be_written_in_any_way():
    """django-jsonform fills in every key, other forms leave out what is empty."""
    filled = {"id": "", "author": {"name": "", "age": None}, "log": [], "rows": [{"id": "", "text": ""}]}
    for old, new in ((filled, {}), ({}, filled), (None, filled), (filled, {"id": None, "author": {}})):
        assert changes(old, new) == {}
    assert changes({"author": {"name": "x", "age": None}}, {"author": {"name": "x"}}) == {}
    assert changes({"author": {"age": 0}}, {"author": {}}) == {"author": {"was": {"age": 0}}}


ROWS = [{"id": "1", "text": "a"}, {"id": "2", "text": "b"}, {"id": "3", "text": "c"}]


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[::-1],
        ROWS[1:],
        [],
        [ROWS[2], {"text": "new"}, ROWS[0]],
        [row | {"text": "other"} for row in ROWS],
        None,
    ],
)
def test_rows_may_be_moved_added_and_deleted(rows):
    assert changes({"rows": ROWS}, {"rows": rows}) == {}


def test_rows_may_not_be_forged():
    assert changes({"rows": ROWS}, {"rows": [ROWS[0], ROWS[1] | {"id": "9"}]}) == {"rows§1§id": {"was": "2"}}
    assert changes({"rows": ROWS}, {"rows": [*ROWS, {"id": "4"}]}) == {"rows§3§id": {}}
    assert changes({"rows": ROWS}, {"rows": [*ROWS, ROWS[0]]}) == {"rows§3§id": {}}
    assert changes({"tree": [{"created": "x"}]}, {"tree": [{"created": "y"}]}) == {"tree§0§created": {"was": "x"}}
    assert changes({"tree": [{"created": "x"}]}, {"tree": [{"created": "today"}, {"created": "x"}]}) == {}
    assert len(changes({"rows": ROWS}, {"rows": [ROWS[0], ROWS[0], ROWS[1]]})) == 1


def test_another_alternative_is_no_disguise():
    free = {"keys": {"kind": {"const": "free"}, "id": STRING}}
    fixed = {"keys": {"kind": {"const": "fixed"}, "id": FIXED}}
    schema = Schema.of({"keys": {"x": {"oneOf": [free, fixed]}}})

    def changed(old, new):
        return changes({"x": old}, {"x": new}, schema)

    assert changed({"kind": "free", "id": "1"}, {"kind": "free", "id": "2"}) == {}
    assert changed({"kind": "fixed", "id": "1"}, {"kind": "fixed", "id": "2"}) == {"x§id": {"was": "1"}}
    assert changed({"kind": "fixed", "id": "1"}, {"kind": "free", "id": "2"}) == {"x§id": {"was": "1"}}
    assert changed({"kind": "free", "id": "1"}, {"kind": "fixed", "id": "2"}) == {"x§id": {"was": "1"}}
    assert changed(None, {"kind": "free", "id": "2"}) == {}
    assert changed({"kind": "free", "id": "1"}, None) == {}


def test_rows_in_rows():
    old = {"tree": [{"id": "1", "tree": [{"id": "2"}, {"id": "3"}]}, {"id": "4"}]}
    moved = {"tree": [{"id": "4", "title": "t"}, {"id": "1", "tree": [{"id": "3"}, {"id": "2"}]}]}
    forged = {"tree": [{"id": "1", "tree": [{"id": "2"}, {"id": "5"}]}, {"id": "4"}]}
    assert changes(old, moved) == {}
    assert changes(old, forged) == {"tree§0§tree§1§id": {"was": "3"}}


@given(pairs())
def test_a_document_does_not_differ_from_itself(pair):
    raw, document = pair
    assert Schema.of(raw).readonly_changes(document, document) == []


@given(st.dictionaries(st.sampled_from(["id", "title", "log", "place"]), arbitrary), st.text(min_size=1))
def test_a_value_that_is_new_is_found(document, text):
    new = {**document, "id": text}
    assert ("id" in changes(document, new)) == (document.get("id") != text)


@given(whole_schemas(), arbitrary, arbitrary)
def test_no_documents_raise(raw, old, new):
    for schema in (Schema.of(raw), PAGE):
        for error in schema.readonly_changes(old, new):
            assert error.code in ("read_only", "too_deep")


def forged(depth, width):
    """Two documents with other read-only values in every row at every level."""
    old, new = ({"id": id} for id in "ab")
    for _ in range(depth):
        old, new = (
            {"id": id, "tree": [inner] + [{"id": id, "title": "t"}] * width} for id, inner in (("a", old), ("b", new))
        )
    old["id"] = new["id"] = "the same"
    return old, new


def test_twice_the_rows_are_twice_the_work():
    once, twice = (calls(lambda: PAGE.readonly_changes(*forged(3, width))) for width in (100, 200))  # noqa: B023
    assert twice < 2.1 * once


def test_rows_in_rows_do_not_multiply():
    """A row is read once for each row around it."""
    once, twice = (calls(lambda: PAGE.readonly_changes(*forged(depth, 5))) for depth in (12, 24))  # noqa: B023
    assert twice < 4.2 * once


def test_a_document_far_too_deep_is_refused_and_not_read_to_its_end():
    deep = {"id": "1"}
    for _ in range(50_000):
        deep = {"tree": [deep]}
    assert PAGE.readonly_changes(deep, deep)[0].code == "too_deep"
