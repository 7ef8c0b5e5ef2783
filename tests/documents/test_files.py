"""Files in documents: none is overlooked, whatever the schema refers to and whatever the document looks like."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.json_schemas import arbitrary, calls, names, pairs, resolve, whole_schemas

from safelight.documents import DATA_URL, FILE_URL, FilePlace, Schema, join, split

STRING = {"type": "string"}
FILE = {"type": "string", "format": "file-url"}
INLINE = {"type": "string", "format": "data-url"}
DATA = "data:image/png;base64,iVBORw0="

PAGE = Schema.of(
    {
        "type": "dict",
        "keys": {
            "title": STRING,
            "cover": FILE | {"policy": "covers", "handler": "/covers/"},
            "logo": INLINE,
            "scan": INLINE | {"store": True, "policy": "scans"},
            "gallery": {"type": "list", "items": {"type": "dict", "keys": {"picture": FILE, "caption": STRING}}},
            "blocks": {"type": "list", "items": {"$ref": "#/$defs/block"}},
            "more": {"type": "dict", "keys": {"note": STRING}, "additionalProperties": FILE},
        },
        "$defs": {
            "block": {
                "oneOf": [
                    {"type": "dict", "keys": {"kind": {"const": "text"}, "value": STRING}},
                    {"type": "dict", "keys": {"kind": {"const": "picture"}, "value": FILE | {"policy": "covers"}}},
                    {"type": "dict", "keys": {"kind": {"const": "group"}, "blocks": {"$ref": "#/keys/blocks"}}},
                ]
            }
        },
    }
)
DOCUMENT = {
    "title": "not/a/file.png",
    "cover": "2026/11/20/a.png",
    "logo": DATA,
    "scan": DATA,
    "gallery": [{"picture": "b.png", "caption": "c.png"}, {"picture": ""}, "d.png", None],
    "blocks": [
        {"kind": "text", "value": "e.png"},
        {"kind": "group", "blocks": [{"kind": "picture", "value": "f.png"}]},
        {"kind": "renamed since", "value": "g.png"},
        {"value": "h.png"},
    ],
    "more": {"note": "i.png", "x": "j.png", "y": ["k.png"]},
    "unknown": {"cover": "l.png"},
}


def test_the_files_of_a_page_in_its_order():
    assert [(file.path, file.value) for file in PAGE.files(DOCUMENT)] == [
        ("cover", "2026/11/20/a.png"),
        ("logo", DATA),
        ("scan", DATA),
        ("gallery§0§picture", "b.png"),
        ("gallery§1§picture", ""),
        ("blocks§1§blocks§0§value", "f.png"),
        ("blocks§2§value", "g.png"),
        ("blocks§3§value", "h.png"),
        ("more§x", "j.png"),
    ]


def test_what_the_schema_says_of_a_file():
    cover, logo, scan, picture, *_ = PAGE.files(DOCUMENT)
    assert (cover.steps, cover.format, cover.policy, cover.handler) == (("cover",), FILE_URL, "covers", "/covers/")
    assert (logo.format, logo.policy, logo.store) == (DATA_URL, None, False)
    assert (scan.format, scan.policy, scan.store) == (DATA_URL, "scans", True)
    assert (picture.steps, picture.policy, picture.handler) == (("gallery", 0, "picture"), None, None)


def test_keys_are_the_files_that_are_stored():
    assert PAGE.keys(DOCUMENT) == {
        "cover": "2026/11/20/a.png",
        "gallery§0§picture": "b.png",
        "blocks§1§blocks§0§value": "f.png",
        "blocks§2§value": "g.png",
        "blocks§3§value": "h.png",
        "more§x": "j.png",
    }


def test_what_was_stored_is_a_key_from_then_on():
    stored = PAGE.replaced(DOCUMENT, {"scan": "m.png", "logo": "n.png"})
    assert PAGE.keys(stored) == PAGE.keys(DOCUMENT) | {"scan": "m.png"}


def test_an_alternative_is_left_out_only_where_another_one_claims_the_value():
    """A constant that has been renamed since, or that one alternative lacks, must not make a file an orphan."""
    text = {"keys": {"kind": {"const": "text"}, "value": STRING}}
    picture = {"keys": {"kind": {"const": "picture"}, "value": FILE}}
    untold = {"keys": {"kind": STRING, "value": STRING}}
    both, three = Schema.of({"oneOf": [text, picture]}), Schema.of({"oneOf": [text, picture, untold]})
    for kind, of_both, of_three in (("text", {}, {"value": "k"}), ("picture", {"value": "k"}, {"value": "k"})):
        assert both.keys({"kind": kind, "value": "k"}) == of_both
        assert three.keys({"kind": kind, "value": "k"}) == of_three
    for odd in ("photo", "", None, [], {}, 1, True):
        assert both.keys({"kind": odd, "value": "k"}) == {"value": "k"}


def test_alternatives_may_be_told_apart_by_choices_and_through_refs():
    schema = Schema.of(
        {
            "oneOf": [{"$ref": "#/$defs/text"}, {"allOf": [{"$ref": "#/$defs/picture"}]}],
            "$defs": {
                "text": {"keys": {"kind": {"$ref": "#/$defs/kind"}, "value": STRING}},
                "kind": {"type": "string", "choices": ["text", {"title": "Quote", "value": "quote"}]},
                "picture": {"keys": {"kind": {"enum": ["picture", "photo"]}, "value": FILE}},
            },
        }
    )
    found = {kind: schema.keys({"kind": kind, "value": "k"}) != {} for kind in ("text", "quote", "picture", "photo")}
    assert found == {"text": False, "quote": False, "picture": True, "photo": True}


def test_words_beside_a_ref_come_before_those_behind_it():
    schema = Schema.of(
        {
            "keys": {
                "plain": {"$ref": "#/$defs/picture"},
                "cover": {"$ref": "#/$defs/picture", "policy": "covers", "handler": "/covers/"},
                "both": {"allOf": [{"$ref": "#/keys/cover"}, {"title": "Both"}]},
            },
            "$defs": {"picture": FILE | {"policy": "pictures"}},
        }
    )
    assert schema.file_at(["plain"]) == FilePlace(FILE_URL, "pictures")
    assert schema.file_at(["cover"]) == schema.file_at(["both"]) == FilePlace(FILE_URL, "covers", handler="/covers/")


def test_a_string_that_may_be_a_key_or_the_file_itself():
    schema = Schema.of({"keys": {"x": {"anyOf": [INLINE, INLINE | {"store": True}, FILE | {"policy": "p"}]}}})
    (inline,) = schema.files({"x": DATA})
    (key,) = schema.files({"x": "key"})
    assert (inline.format, inline.is_key) == (DATA_URL, False)
    assert (key.store or key.format == FILE_URL, key.is_key) == (True, True)
    assert schema.file_at(["x"]).policy == "p"


def test_names_that_something_beside_declares_are_no_additional_ones():
    schema = Schema.of(
        {
            "keys": {"a": STRING},
            "additionalProperties": FILE,
            "allOf": [{"keys": {"b": STRING}}],
            "oneOf": [{"keys": {"c": STRING}}, {"$ref": "#/$defs/d"}],
            "$defs": {"d": {"keys": {"d": STRING}}},
        }
    )
    assert schema.keys(dict.fromkeys("abcde", "key")) == {"e": "key"}


def test_two_names_that_look_alike_are_two_references():
    schema = Schema.of({"keys": {}, "additionalProperties": {"anyOf": [FILE, {"$ref": "#"}]}})
    assert schema.keys({"a§b": "1", "a": {"b": "2"}, "": "3", "~1": "4", "§": "5"}) == {
        "a~1b": "1",
        "a§b": "2",
        "~2": "3",
        "~01": "4",
        "~1": "5",
    }


def test_at_answers_a_client_who_sends_coords():
    assert PAGE.at(["cover"]) == [PAGE.standard["properties"]["cover"]]
    assert PAGE.file_at(["cover"]) == FilePlace(FILE_URL, "covers", handler="/covers/")
    assert PAGE.file_at(["gallery", "17", "picture"]) == FilePlace(FILE_URL)
    assert PAGE.file_at(["blocks", "0", "blocks", "3", "value"]).policy == "covers"
    assert PAGE.file_at(["more", "anything"]) == FilePlace(FILE_URL)
    block = PAGE.standard["$defs"]["block"]
    assert PAGE.at(["blocks", "0"]) == [{"$ref": "#/$defs/block"}, block, *block["anyOf"]]
    for nowhere in (
        [],
        ["title"],
        ["more", "note"],
        ["nothing"],
        ["cover", "0"],
        ["gallery"],
        ["gallery", "picture"],
        ["gallery", "-1", "picture"],
        ["gallery", "x", "picture"],
        ["gallery", "9" * 5000, "picture"],
        ["properties", "cover"],
        ["__class__"],
        ["blocks", "0"] * 5000,
    ):
        assert PAGE.file_at(nowhere) is None


def test_a_step_of_digits_may_be_a_name():
    schema = Schema.of({"keys": {"0": FILE, "x": {"prefixItems": [STRING, FILE], "items": False}}})
    assert schema.file_at(["0"]) is not None
    assert [schema.file_at(["x", step]) is not None for step in "012"] == [False, True, False]
    assert schema.keys({"0": "a", "x": ["b", "c", "d"]}) == {"0": "a", "x§1": "c"}


def brute(schema, value, root, steps=()):
    """Every place of a file that any of a schema's words leads to, straight from what was written."""
    found = set()
    if "$ref" in schema:
        found |= brute(resolve(root, schema["$ref"]), value, root, steps)
    for word in ("allOf", "oneOf", "anyOf"):
        for inner in schema.get(word, ()):
            found |= brute(inner, value, root, steps)
    if isinstance(value, str) and schema.get("format") in ("file-url", "data-url"):
        found.add(steps)
    if isinstance(value, list):
        for index, item in enumerate(value):
            first = schema.get("prefixItems", [])
            inner = first[index] if index < len(first) else schema.get("items")
            found |= brute(inner, item, root, (*steps, index)) if inner else set()
    if isinstance(value, dict):
        declared = {name for each in (schema, *schema.get("allOf", ())) for name in each.get("keys", ())}
        for name, item in value.items():
            rest = schema.get("additionalProperties", True)
            inner = schema["keys"][name] if name in schema.get("keys", ()) else None if name in declared else rest
            found |= brute(inner, item, root, (*steps, name)) if isinstance(inner, dict) else set()
    return found


def at(document, steps):
    for step in steps:
        document = document[step]
    return document


def without_choices(raw):
    """Then no alternative can claim a value."""
    if isinstance(raw, dict):
        return {word: without_choices(inner) for word, inner in raw.items() if word != "choices"}
    return [without_choices(inner) for inner in raw] if isinstance(raw, list) else raw


@given(pairs())
def test_every_file_is_found_and_nothing_else(pair):
    raw, document = pair
    assert {file.steps for file in Schema.of(raw).files(document)} <= brute(raw, document, raw)
    files = list(Schema.of(without_choices(raw)).files(document))
    assert {file.steps for file in files} == brute(raw, document, raw)
    assert len({file.path for file in files}) == len(files)
    for file in files:
        assert at(document, file.steps) == file.value
        assert split(file.path) == tuple(map(str, file.steps))


@given(pairs())
def test_a_place_that_has_a_file_is_one_where_a_client_may_send_one(pair):
    """And what the server finds there is not less than what it finds in the document."""
    raw, document = pair
    schema = Schema.of(raw)
    for file in schema.files(document):
        assert any(found.get("format") == file.format for found in schema.at([str(step) for step in file.steps]))
        assert schema.file_at([str(step) for step in file.steps]) is not None


@given(pairs())
def test_references_are_the_stored_files_by_path(pair):
    raw, document = pair
    schema = Schema.of(raw)
    keys = schema.keys(document)
    assert keys == {file.path: file.value for file in schema.files(document) if file.is_key}
    assert all(keys.values())
    moved = schema.replaced(document, {path: f"new of {key}" for path, key in keys.items()})
    assert schema.keys(moved) == {path: f"new of {key}" for path, key in keys.items()}


@given(whole_schemas(), arbitrary, st.lists(names | st.text(max_size=4) | st.just("0"), max_size=6))
def test_no_document_and_no_coords_raise(raw, document, coords):
    for schema in (Schema.of(raw), PAGE):
        list(schema.files(document))
        schema.keys(document)
        schema.at(coords)
        schema.file_at(coords)
        json.dumps(schema.at(coords))


def test_a_document_that_is_no_document():
    for odd in (None, True, 5, 0.5, "x.png", float("nan"), (), b"x", object()):
        assert PAGE.keys(odd) == {}
    assert Schema.of(FILE).keys("x.png") == {join(()): "x.png"}


MENU = Schema.of({"type": "list", "items": {"keys": {"icon": FILE, "title": STRING, "children": {"$ref": "#"}}}})


def wide(count):
    return [{"icon": "", "title": "t", "children": []}] * count


def open_ended(count):
    return {f"name {number}": number for number in range(count)}


def deep(count):
    document = [{"icon": "x.png"}]
    for _ in range(count):
        document = [{"title": "t", "children": document}]
    return document


TWICE = Schema.of(
    {
        "oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}],
        "$defs": {
            "a": {"keys": {"children": {"type": "list", "items": {"$ref": "#"}}, "file": FILE}},
            "b": {"keys": {"children": {"type": "list", "items": {"$ref": "#"}}, "other": FILE}},
        },
    }
)


def nested(count):
    document = {"file": "x.png", "children": []}
    for _ in range(count):
        document = {"children": [document]}
    return document


@pytest.mark.parametrize(
    ("schema", "shape"), [(MENU, wide), (MENU, deep), (TWICE, nested), (PAGE, lambda n: {"more": open_ended(n)})]
)
def test_twice_the_document_is_twice_the_work(schema, shape):
    once, twice = (calls(lambda: list(schema.files(shape(count)))) for count in (500, 1000))  # noqa: B023
    assert twice < 2.1 * once


def test_a_file_very_far_down():
    (file,) = MENU.files(deep(20_000))
    assert (len(file.steps), file.value) == (40_002, "x.png")


def test_a_schema_without_files_reads_nothing():
    class Unread(dict):
        def __iter__(self):
            raise AssertionError("read")

    assert Schema.of({"keys": {"a": {"keys": {"b": STRING}}}}).keys(Unread(a=Unread(b="c"))) == {}
