"""The dialect: what is written for django-jsonform means the same in standard words, and what cannot work says so."""

import copy
import json

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from tests.json_schemas import whole_schemas

from safelight.documents import Schema
from safelight.errors import ConfigurationError, SchemaError

STRING = {"type": "string"}
FILE = {"type": "string", "format": "file-url"}


def inner(raw):
    """A schema of a property, in standard words."""
    return Schema.of({"type": "dict", "keys": {"x": raw}}).standard["properties"]["x"]


class Lazy:
    """A translation or a URL that is not known yet."""

    def __str__(self):
        raise AssertionError("too early")


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ({"type": "list", "items": STRING}, {"type": "array", "items": STRING, "maxItems": 100}),
        (
            {"type": "array", "items": STRING, "min_items": 1, "max_items": 500},
            {"type": "array", "items": STRING, "minItems": 1, "maxItems": 500},
        ),
        ({"items": STRING}, {"type": "array", "items": STRING, "maxItems": 100}),
        ({"type": "dict", "keys": {"a": STRING}}, {"type": "object", "properties": {"a": STRING}}),
        ({"keys": {}}, {"type": "object", "properties": {}}),
        (
            {"keys": {}, "additionalProperties": True},
            {"type": "object", "properties": {}, "additionalProperties": STRING},
        ),
        (
            {"keys": {}, "additionalProperties": {"type": "list", "items": STRING}},
            {
                "type": "object",
                "properties": {},
                "additionalProperties": {"type": "array", "items": STRING, "maxItems": 100},
            },
        ),
        (
            {"keys": {}, "additionalProperties": False},
            {"type": "object", "properties": {}, "additionalProperties": False},
        ),
        ({"type": "string", "choices": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        ({"type": "string", "choices": []}, STRING),
        (
            {"type": "integer", "enum": [{"title": "One", "value": 1}, {"label": "Two", "value": 2}, 3]},
            {
                "type": "integer",
                "oneOf": [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}, {"const": 3, "title": "3"}],
            },
        ),
        (
            {"type": "string", "choices": [{"title": "A", "value": "a"}, {"title": "Again", "value": "a"}]},
            {"type": "string", "oneOf": [{"const": "a", "title": "A"}]},
        ),
        ({"oneOf": [{"const": 1, "title": "One"}]}, {"oneOf": [{"const": 1, "title": "One"}]}),
        ({"anyOf": [{"const": "a"}, {"const": "b"}]}, {"oneOf": [{"const": v, "title": v} for v in "ab"]}),
        ({"oneOf": [STRING, {"const": 5}]}, {"anyOf": [STRING, {"const": 5}]}),
        ({"oneOf": [STRING, {"type": "number"}]}, {"anyOf": [STRING, {"type": "number"}]}),
        ({"type": "string", "format": "datetime"}, {"type": "string", "format": "date-time"}),
        (
            {"type": "string", "readonly": True, "help_text": "Why", "widget": "textarea", "placeholder": "…"},
            {"type": "string", "readOnly": True, "helpText": "Why", "widget": "textarea", "placeholder": "…"},
        ),
        (
            {"type": "string", "readOnly": False, "helpText": "Why"},
            {"type": "string", "readOnly": False, "helpText": "Why"},
        ),
        ({"type": ["string", None]}, {"type": ["string", "null"]}),
        ({"type": "string", "required": False, "maxLength": None, "default": None}, STRING),
        ({"const": None}, {"const": None}),
        ({"type": "string", "x-own": {"a": (1, 2)}}, {"type": "string", "x-own": {"a": [1, 2]}}),
        (
            FILE | {"policy": "covers", "handler": "/files/", "widget": "fileinput"},
            FILE | {"policy": "covers", "handler": "/files/", "widget": "fileinput"},
        ),
    ],
)
def test_what_is_written_and_what_it_becomes(written, standard):
    before = copy.deepcopy(written)
    assert inner(written) == standard
    assert written == before


def test_required_is_the_object_s_word():
    schema = Schema.of(
        {
            "type": "dict",
            "required": ["a"],
            "keys": {
                "a": STRING,
                "b": STRING | {"required": True},
                "c": STRING | {"required": False},
                "d": {"type": "number", "required": True},
                "e": {"type": "dict", "required": True, "keys": {"f": STRING | {"required": True, "minLength": 3}}},
            },
        }
    ).standard
    assert schema["required"] == ["a", "b", "d", "e"]
    assert schema["properties"]["b"] == {"type": "string", "minLength": 1}
    assert schema["properties"]["e"]["required"] == ["f"]
    assert schema["properties"]["e"]["properties"]["f"] == {"type": "string", "minLength": 3}


def test_required_where_no_object_can_require():
    schema = Schema.of(
        {
            "type": "dict",
            "keys": {"names": {"type": "list", "items": {"$ref": "#/$defs/name"}}, "owner": {"$ref": "#/$defs/name"}},
            "$defs": {"name": {"type": "string", "required": True}},
        }
    ).standard
    assert schema["$defs"]["name"] == {"type": "string", "not": {"enum": ["", None]}}
    assert schema["required"] == ["owner"]


def test_paths_of_refs_in_either_words():
    schema = Schema.of(
        {
            "type": "dict",
            "keys": {
                "a": {"type": "dict", "keys": {"keys": FILE, "per cent/~": FILE}},
                "b": {"$ref": "#/keys/a/keys/keys"},
                "c": {"$ref": "#/properties/a/keys/per%20cent~1~0"},
                "d": {"oneOf": [STRING, {"type": "dict", "keys": {"e": FILE}}]},
                "e": {"$ref": "#/keys/d/oneOf/1/keys/e"},
                "f": {"type": "list", "items": FILE},
                "g": {"$ref": "#/keys/f/items"},
                "h": {"$ref": "#/definitions/deep/keys/properties"},
                "i": {"$ref": "#", "title": "Again"},
            },
            "definitions": {"deep": {"type": "dict", "keys": {"properties": FILE}}},
        }
    )
    properties = schema.standard["properties"]
    assert [properties[name]["$ref"] for name in "bceghi"] == [
        "#/properties/a/properties/keys",
        "#/properties/a/properties/per%20cent~1~0",
        "#/properties/d/anyOf/1/properties/e",
        "#/properties/f/items",
        "#/$defs/deep/properties/properties",
        "#",
    ]
    assert properties["i"]["title"] == "Again"
    for name in "bcegh":
        assert schema.file_at([name]) is not None
        assert Draft202012Validator(schema.standard).is_valid({name: "key"})
        assert not Draft202012Validator(schema.standard).is_valid({name: 5})


def test_texts_and_handlers_may_be_lazy():
    title, handler = Lazy(), Lazy()
    schema = inner(FILE | {"title": title, "handler": handler, "help_text": title})
    assert schema["title"] is title
    assert schema["handler"] is handler
    choices = inner({"type": "string", "choices": [{"title": title, "value": "a"}]})
    assert choices["oneOf"] == [{"const": "a", "title": title}]


def test_what_exported_schemas_begin_with():
    raw = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/x", "properties": {}}
    assert Schema.of(raw).standard == {"type": "object", "properties": {}}


def test_nothing_is_shared_with_what_was_written():
    raw = {"type": "dict", "keys": {"x": {"type": "list", "items": dict(STRING), "default": ["a"]}}}
    schema = Schema.of(raw)
    raw["keys"]["x"]["default"].append("b")
    raw["keys"]["x"]["items"]["format"] = "file-url"
    raw["keys"]["y"] = FILE
    assert schema.standard["properties"] == {"x": {"type": "array", "items": STRING, "maxItems": 100, "default": ["a"]}}
    assert schema.keys({"x": ["a"], "y": "b"}) == {}


@given(whole_schemas())
def test_whatever_is_written_becomes_a_standard_schema(raw):
    standard = Schema.of(raw).standard
    Draft202012Validator.check_schema(standard)
    assert Schema.of(json.loads(json.dumps(standard))).standard == standard  # which means itself


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"type": "strin"}, "x: the type 'strin' is not known; write one of array, boolean"),
        ({"type": {}}, "x: the type {} is not known"),
        ({"type": []}, r"x: the type \[\] is not known"),
        ({}, "x: has no type"),
        ({"title": "Only a title"}, "x: has no type"),
        ("string", "x: a schema is a dict, and not 'string'"),
        ({"type": "list"}, "x: an array needs items"),
        ({"type": "list", "items": [STRING]}, "x: items is one schema; a list of them is called prefixItems"),
        ({"type": "list", "items": {"type": "dict", "keys": {"y": {"type": "int"}}}}, "x → items → y: the type 'int'"),
        ({"type": "dict", "keys": ["a"]}, "x: keys is a dict of schemas"),
        ({"type": "dict", "keys": {}, "properties": {}}, "x: properties says again"),
        ({"oneOf": [STRING], "anyOf": [STRING]}, "x: anyOf says again"),
        ({"oneOf": []}, "x: oneOf is a list of one schema or more"),
        ({"oneOf": [STRING, {"type": "nothing"}]}, "x → oneOf 2: the type 'nothing'"),
        ({"type": "dict", "keys": {"a§b": STRING}}, "x: the name 'a§b' cannot be used"),
        ({"type": "dict", "keys": {"": STRING}}, "x: the name '' cannot be used"),
        ({"type": "dict", "keys": {1: STRING}}, "x: the name 1 cannot be used"),
        ({"type": "dict", "patternProperties": {"^a": FILE}}, "x: patternProperties is not supported: use additional"),
        ({"type": "dict", "if": {}, "then": {"keys": {"a": FILE}}}, "x: if is not supported: use oneOf"),
        ({"type": "string", "$id": "y"}, "x: \\$id is not supported"),
        ({"type": "string", "minLength": "5"}, "x: minLength is a whole number, 0 or more, and not '5'"),
        ({"type": "string", "maxLength": True}, "x: maxLength is a whole number"),
        ({"type": "list", "items": STRING, "max_items": -1}, "x: maxItems is a whole number"),
        ({"type": "number", "minimum": "0"}, "x: minimum is a number"),
        ({"type": "number", "exclusiveMinimum": True}, "x: exclusiveMinimum is a number"),
        ({"type": "number", "maximum": float("nan")}, "x: maximum is a number"),
        ({"type": "number", "multipleOf": 0}, "x: multipleOf is a number above 0"),
        ({"type": "string", "pattern": "(["}, "x: pattern is a regular expression"),
        ({"type": "string", "readonly": "yes"}, "x: readOnly is True or False"),
        ({"type": "string", "choices": "abc"}, "x: enum is a list"),
        ({"type": "string", "choices": [{"label": "A"}]}, "x: a choice is a value, or"),
        ({"type": "string", "required": "yes"}, "x: required is True or False"),
        ({"type": "string", "format": ["date"]}, "x: format is text"),
        ({"$ref": "#/keys/y"}, "x: \\$ref '#/keys/y' leads nowhere: there is no 'y'"),
        ({"$ref": "#/keys/x/title/y", "title": "T"}, "x: \\$ref .* leads nowhere"),
        ({"$ref": "#/keys"}, "x: its \\$ref leads to no schema"),
        ({"$ref": "#/$defs"}, "x: \\$ref .* leads nowhere"),
        ({"$ref": "other.json#/$defs/x"}, "x: \\$ref .* leads outside"),
        ({"$ref": "https://example.com/schema.json"}, "x: \\$ref .* leads outside"),
        ({"$ref": 5}, "x: \\$ref is text"),
        ({"$ref": "#/keys/x"}, "x: its \\$ref leads back to itself"),
        ({"oneOf": [STRING, {"$ref": "#/keys/x"}]}, "x.*: its \\$ref leads back to itself"),
        ({"allOf": [{"type": "dict", "keys": {}}, {"$ref": "#/keys/x"}]}, "x.*: its \\$ref leads back to itself"),
        ({"type": "string", "policy": "covers"}, "x: policy is for files"),
        ({"type": "string", "format": "date", "store": True}, "x: store is for files"),
        ({"type": "list", "items": FILE, "policy": "covers"}, "x: policy is for files"),
        ({"type": "number", "format": "file-url"}, "x: the format file-url is for strings, and this is number"),
        (FILE | {"store": True}, "x: store is for the format data-url"),
        ({"type": "string", "format": "data-url", "store": "yes"}, "x: store is True or False"),
        (FILE | {"policy": 5}, "x: policy is text"),
        (
            {"oneOf": [{"keys": {"f": FILE | {"policy": "a"}}}, {"keys": {"f": FILE | {"policy": "b"}}}]},
            "x: files named 'f' have several policies",
        ),
    ],
)
def test_what_cannot_work_is_told_with_its_place(wrong, words):
    with pytest.raises(SchemaError, match=f"^{words}") as error:
        Schema.of({"type": "dict", "keys": {"x": wrong}})
    assert isinstance(error.value, ConfigurationError)
    assert len(str(error.value)) < 300


def test_the_schema_itself_may_be_wrong():
    for wrong in (None, [], "x", 5, {}, {"title": "T"}):
        with pytest.raises(SchemaError, match=r"^the schema: "):
            Schema.of(wrong)


def test_two_refs_that_lead_to_each_other():
    with pytest.raises(SchemaError, match="leads back to itself"):
        Schema.of({"keys": {"a": {"$ref": "#/keys/b"}, "b": {"$ref": "#/keys/a"}}})


def test_a_schema_that_contains_itself_or_grows_without_end():
    endless = {"type": "dict", "keys": {}}
    endless["keys"]["a"] = endless
    twice = {"type": "string"}
    for _ in range(60):
        twice = {"type": "dict", "keys": {"a": twice, "b": twice}}
    for hostile in (endless, twice):
        with pytest.raises(SchemaError, match="more than 10000 schemas, or 64 in each other"):
            Schema.of(hostile)


def test_a_schema_of_ten_thousand_refs_in_a_row():
    defs = {f"d{number}": {"$ref": f"#/$defs/d{number + 1}"} for number in range(9_000)}
    schema = Schema.of({"keys": {"x": {"$ref": "#/$defs/d0"}}, "$defs": defs | {"d9000": FILE}})
    assert schema.keys({"x": "key"}) == {"x": "key"}
