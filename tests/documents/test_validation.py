"""Validation: every document gets an answer, in sentences a person can act on, and what was left empty is missing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.json_schemas import arbitrary, blank, calls, pairs, whole_schemas

from safelight.documents import SENTENCES, DocumentError, Schema
from safelight.documents.assertions import MAX_MATCHED
from safelight.documents.validation import MAX_ERRORS

STRING = {"type": "string"}
FILE = {"type": "string", "format": "file-url"}
INLINE = {"type": "string", "format": "data-url"}
DATA = "data:image/png;base64,iVBORw0="
NAN, INFINITY = float("nan"), float("inf")


def told(raw, value):
    """What is said of a value of a property, by code; None where nothing is."""
    codes = {error.code for error in Schema.of({"keys": {"x": raw}}).errors({"x": value}) if error.steps[0] == "x"}
    assert len(codes) <= 1
    return codes.pop() if codes else None


def sentence(raw, value):
    (error,) = Schema.of({"keys": {"x": raw}}).errors({"x": value})
    return error.message


@pytest.mark.parametrize(
    ("raw", "good", "bad", "words"),
    [
        (STRING, ["a", ""], [5, True, [], {}, None], "This must be text."),
        (
            {"type": "number"},
            [1, -0.5, None, 10**400],
            ["1", "", True, float("nan"), float("inf")],
            "This must be a number.",
        ),
        ({"type": "integer"}, [1, 2.0, None], [1.5, "1", False, INFINITY], "This must be a whole number."),
        ({"type": "boolean"}, [True, False, None], [0, "true", ""], "This must be yes or no."),
        ({"type": "list", "items": STRING}, [[], ["a"]], ["", {}, None], "This must be a list."),
        ({"type": "dict", "keys": {}}, [{}, {"any": 1}, None], ["", []], "This must be a group of fields."),
        (
            {"type": "string", "choices": ["a", "b"]},
            ["a", "", "b"],
            ["c", "A"],
            "Choose one of these: a, b.",
        ),
        (
            {"type": "integer", "choices": [{"label": "One", "value": 1}, {"label": "Two", "value": 2}]},
            [1, 2.0, None],
            [3],
            "Choose one of these: One, Two.",
        ),
        ({"const": "text"}, ["text"], ["", "other", None, 5], "This value is fixed: text."),
        ({"const": 1}, [1, 1.0], [True, 2], "This value is fixed: 1."),
        (
            {"type": "string", "minLength": 3},
            ["abc", ""],
            ["ab"],
            "Too short: 2 characters, at least 3 are needed.",
        ),
        (
            {"type": "string", "maxLength": 3},
            ["abc", ""],
            ["abcd"],
            "Too long: 4 characters, at most 3 are allowed.",
        ),
        (
            {"type": "string", "pattern": "^[a-z]+$"},
            ["abc", ""],
            ["a1", " "],
            "This does not have the form that is asked for: ^[a-z]+$",
        ),
        ({"type": "number", "minimum": 1}, [1, None], [0.5], "This must be 1 or more."),
        ({"type": "number", "maximum": 1}, [1], [10**400], "This must be 1 or less."),
        ({"type": "number", "exclusiveMinimum": 1}, [1.5], [1], "This must be more than 1."),
        ({"type": "number", "exclusiveMaximum": 1}, [0.5], [1], "This must be less than 1."),
        ({"type": "number", "multipleOf": 0.1}, [0.3, 1, 10**400], [0.35], "This must be a multiple of 0.1."),
        (
            {"type": "list", "items": STRING, "min_items": 2},
            [["a", "b"]],
            [["a"]],
            "Too few entries: 1, at least 2 are needed.",
        ),
        (
            {"type": "list", "items": STRING},
            [["a"] * 100],
            [["a"] * 101],
            "Too many entries: 101, at most 100 are allowed.",
        ),
        (
            {"type": "list", "prefixItems": [STRING], "items": False},
            [["a"], []],
            [["a", "b"]],
            "Too many entries: 2, at most 1 are allowed.",
        ),
        (
            {"type": "string", "format": "email"},
            ["a@b.de", ""],
            ["a"],
            "Write an email address, such as name@example.com.",
        ),
        ({"type": "string", "format": "datetime"}, ["2026-11-20T16:30"], ["now"], SENTENCES["bad_date_time"]),
        ({"type": "string", "format": "uri"}, ["https://a.de/"], ["javascript:alert(1)"], SENTENCES["bad_uri"]),
        ({"type": "string", "format": "color"}, ["#fff", ""], ["red"], "Choose a colour, such as #8a2be2."),
        ({"type": "string", "format": "password"}, ["anything", ""], [5], "This must be text."),
        (FILE, ["key.png", ""], [DATA, "DATA:,x"], "Choose a file."),
        (INLINE, [DATA, ""], ["key.png", "javascript:alert(1)"], "Choose a file."),
        (INLINE | {"store": True}, [DATA, "key.png", ""], [5], "This must be text."),
        ({"type": ["string", "null"]}, ["a", None], [5], "This must be text."),
        ({"oneOf": [STRING, {"type": "number"}]}, ["a", 5, None], [[], True], "This is none of what may stand here."),
        ({"oneOf": [STRING, {"type": "number", "minimum": 1}]}, ["a", 5], [0], "This must be 1 or more."),
    ],
)
def test_what_is_asked_of_a_value(raw, good, bad, words):
    assert [value for value in good if told(raw, value)] == []
    assert [value for value in bad if not told(raw, value)] == []
    assert sentence(raw, bad[0]) == words


def errors(raw, document):
    return {error.path: error.code for error in Schema.of(raw).errors(document)}


def test_errors_stand_at_their_fields():
    raw = {
        "type": "dict",
        "keys": {
            "gallery": {"type": "list", "items": {"type": "dict", "keys": {"n": {"type": "number", "required": True}}}},
            "tags": {"type": "list", "items": STRING, "uniqueItems": True},
            "closed": {"type": "dict", "keys": {"a": STRING}, "additionalProperties": False},
            "open": {"type": "dict", "keys": {"a": STRING}, "additionalProperties": {"type": "number"}},
        },
    }
    document = {
        "gallery": [{"n": 1}, {"n": "x"}, {}, 5],
        "tags": ["a", "b", "a"],
        "closed": {"a": "x", "b": "y"},
        "open": {"a": "x", "b": "y", "c": 1, "d§e": 1, "": 1},
        "unknown": {"is": "kept"},
    }
    assert errors(raw, document) == {
        "gallery§1§n": "not_number",
        "gallery§2§n": "required",
        "gallery§3": "not_object",
        "tags§2": "not_unique",
        "closed§b": "unexpected",
        "open§b": "not_number",
        "open§d~1e": "bad_name",
        "open§~2": "bad_name",
    }


@pytest.mark.parametrize("empty", [{}, {"a": ""}, {"a": None}, {"a": "  \n"}])
def test_what_is_required_must_be_filled_in(empty):
    required = DocumentError(("a",), "required")
    assert Schema.of({"keys": {"a": STRING | {"required": True}}}).errors(empty) == [required]
    assert Schema.of({"keys": {"a": STRING}, "required": ["a"]}).errors(empty) == [required]
    assert Schema.of({"keys": {"a": {"const": "x", "required": True}}}).errors(empty) == [required]
    assert Schema.of({"keys": {"a": FILE | {"required": True}}}).errors(empty) == [required]
    assert required.message == "This field is required."


def test_what_is_required_may_be_null_if_it_says_so():
    schema = Schema.of({"keys": {"a": {"type": ["number", "null"], "required": True}}})
    assert schema.errors({"a": None}) == []
    assert errors({"keys": {"a": {"type": "number", "required": True}}}, {"a": None}) == {"a": "required"}
    assert errors({"keys": {"a": {"type": "boolean", "required": True}}}, {"a": False}) == {}
    assert errors({"keys": {"a": {"type": "number", "required": True}}}, {"a": 0}) == {}


def test_rows_may_be_empty_unless_they_are_required():
    emails = {"type": "list", "items": {"type": "string", "format": "email"}}
    assert errors({"keys": {"x": emails}}, {"x": ["", "a@b.de"]}) == {}
    required = {"type": "list", "items": {"type": "string", "format": "email", "required": True}}
    assert errors({"keys": {"x": required}}, {"x": ["", "a@b.de"]}) == {"x§0": "required"}
    numbers = {"type": "list", "items": {"type": "number", "required": True}}
    assert errors({"keys": {"x": numbers}}, {"x": [None, 1]}) == {"x§0": "required"}


def test_the_same_row_twice():
    unique = {"keys": {"x": {"type": "list", "items": {"keys": {}}, "uniqueItems": True}}}
    assert errors(unique, {"x": [{"a": 1, "b": [2]}, {"b": [2.0], "a": 1.0}]}) == {"x§1": "not_unique"}
    assert errors(unique, {"x": [{"a": 1}, {"a": True}, {"a": "1"}]}) == {}


BLOCKS = {
    "type": "list",
    "items": {
        "oneOf": [
            {"keys": {"kind": {"const": "text"}, "body": STRING | {"required": True}}},
            {"keys": {"kind": {"const": "picture"}, "file": FILE | {"required": True}, "width": {"type": "number"}}},
            {"keys": {"kind": {"const": "group"}, "blocks": {"$ref": "#"}}},
        ]
    },
}


def test_alternatives_are_judged_as_what_they_are_meant_to_be():
    document = [
        {"kind": "text", "body": ""},
        {"kind": "picture", "file": "a.png", "width": "wide"},
        {"kind": "group", "blocks": [{"kind": "picture"}, {"kind": "text", "body": "x"}]},
    ]
    assert errors(BLOCKS, document) == {"0§body": "required", "1§width": "not_number", "2§blocks§0§file": "required"}


def test_alternatives_that_nothing_tells_apart_are_judged_by_their_names():
    raw = {"keys": {"x": {"anyOf": [{"keys": {"a": STRING, "b": STRING}}, {"keys": {"c": STRING, "d": STRING}}]}}}
    required = {
        "keys": {"x": {"anyOf": [{"keys": {"a": STRING}, "required": ["a"]}, {"keys": {"c": FILE, "d": FILE}}]}}
    }
    assert errors(raw, {"x": {}}) == {}
    assert errors(required, {"x": {"c": 5}}) == {"x§c": "not_string"}
    assert errors(required, {"x": {"a": 5}}) == {}  # the second one knows nothing of a


def test_more_than_one_alternative_may_match():
    """Blocks without required keys all match: django-jsonform never minded."""
    raw = {"keys": {"x": {"oneOf": [{"keys": {"a": STRING}}, {"keys": {"b": STRING}}]}}}
    assert errors(raw, {"x": {"a": "1"}}) == {}


def test_names_that_something_beside_declares_are_no_additional_ones():
    raw = {
        "keys": {"a": STRING},
        "additionalProperties": False,
        "allOf": [{"keys": {"b": {"type": "number"}}}],
        "oneOf": [{"keys": {"c": STRING}}, {"keys": {"d": STRING}}],
    }
    assert errors(raw, {"a": "", "b": 1, "c": "", "d": "", "e": ""}) == {"e": "unexpected"}


@given(whole_schemas())
def test_what_django_jsonform_fills_in_is_as_good_as_nothing(raw):
    """Where ``allOf`` does not say two things of one name."""
    if "allOf" not in repr(raw):
        assert Schema.of(raw).errors(blank(raw, raw)) == []


def filled(value):
    """Whether no field of a document was left empty."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is not None and value != "" and all(map(filled, inner))


@given(pairs())
def test_of_a_filled_document_the_package_says_the_same(pair):
    """Except where files are, which it does not know, and of additional names, which it takes more narrowly."""
    raw, document = pair
    if filled(document) and "additionalProperties" not in repr(raw):
        schema = Schema.of(raw)
        ours = [error for error in schema.errors(document) if error.code != "bad_file"]
        assert (ours == []) == Draft202012Validator(schema.standard).is_valid(document)


@given(whole_schemas(), arbitrary)
def test_no_document_raises(raw, document):
    for schema in (Schema.of(raw), Schema.of(BLOCKS)):
        for error in schema.errors(document):
            assert error.message
            assert len(error.message) < 1000
            json.dumps([error.path, error.code, error.message])


@given(pairs())
def test_errors_lead_to_where_something_is_or_is_missing(pair):
    raw, document = pair
    for error in Schema.of(raw).errors(document):
        found = document
        for step in error.steps[:-1]:
            found = found[step]
        if error.steps and error.code != "required":
            found[error.steps[-1]]


def test_sentences_do_not_repeat_the_value():
    secret = "s3cret" * 100_000
    raw = {"keys": {"x": {"type": "dict", "keys": {}, "additionalProperties": {"type": "string", "choices": ["a"]}}}}
    for document in ({"x": {"y": secret}}, {"x": {"y": [secret]}}, {"x": secret}):
        (error,) = Schema.of(raw).errors(document)
        assert "s3cret" not in error.message


def test_a_long_list_of_choices_is_cut():
    message = sentence({"type": "string", "choices": [f"choice {n}" for n in range(1000)]}, "x")
    assert message.startswith("Choose one of these: choice 0, choice 1,")
    assert message.endswith(", ….")
    assert len(message) < 300


def test_a_text_too_long_for_a_pattern_is_refused_unmatched():
    raw = {"type": "string", "pattern": "^a*$"}
    assert told(raw, "a" * MAX_MATCHED) is None
    assert told(raw, "a" * (MAX_MATCHED + 1)) == "too_long"


def test_there_is_an_end_to_errors():
    found = Schema.of({"keys": {}, "additionalProperties": {"type": "number"}}).errors(
        {f"n{number}": "x" for number in range(100_000)}
    )
    assert len(found) == MAX_ERRORS


def nested(count):
    document = []
    for _ in range(count):
        document = [{"kind": "group", "blocks": document}]
    return document


def test_nesting_has_an_end():
    assert Schema.of(BLOCKS).errors(nested(31)) == []
    for depth in (40, 1_000, 100_000):
        (error,) = Schema.of(BLOCKS).errors(nested(depth))
        assert (error.path, error.message) == ("", "The document is nested more than 64 deep.")


def test_a_schema_that_goes_round_too_long_at_each_level_is_no_500():
    defs = {f"d{number}": {"$ref": f"#/$defs/d{number + 1}"} for number in range(500)}
    defs["d500"] = {"keys": {"inner": {"$ref": "#/$defs/d0"}}}
    schema = Schema.of({"keys": {"x": {"$ref": "#/$defs/d0"}}, "$defs": defs})
    (error,) = schema.errors({"x": {"inner": {"inner": {}}}})
    assert error.code == "too_deep"


UNTOLD = Schema.of(
    {
        "$ref": "#/$defs/block",
        "$defs": {
            "block": {"oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}, {"$ref": "#/$defs/c"}]},
            **{
                name: {
                    "keys": {
                        name: STRING,
                        "n": {"type": "list", "items": {"type": "number"}},
                        "blocks": {"type": "list", "items": {"$ref": "#/$defs/block"}},
                    }
                }
                for name in "abc"
            },
        },
    }
)


def alternating(depth, broken):
    document = {"blocks": [5] if broken else []}
    for _ in range(depth):
        document = {"n": [1, 2, 3], "blocks": [document]}
    return document


@pytest.mark.parametrize("broken", [False, True])
def test_alternatives_in_alternatives_do_not_multiply(broken):
    """Three branches that each hold the rest of the document: tried anew, that would be 3**28 times."""
    costs = [calls(lambda: UNTOLD.errors(alternating(depth, broken))) for depth in (14, 28)]  # noqa: B023
    assert costs[1] < 2.5 * costs[0]
    assert [error.code for error in UNTOLD.errors(alternating(28, broken))] == ["no_match"] * broken


TWICE = Schema.of(
    {
        "allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}],
        "$defs": {
            "a": {"keys": {"inner": {"$ref": "#"}, "name": STRING}},
            "b": {"keys": {"inner": {"$ref": "#"}, "name": STRING}},
        },
    }
)


@pytest.mark.parametrize("name", ["x", 5])
def test_schemas_that_say_the_same_twice_do_not_multiply(name):
    """At each level: that would be 2**60 times."""

    def document(depth):
        return {"inner": document(depth - 1)} if depth else {"name": name}

    costs = [calls(lambda: TWICE.errors(document(depth))) for depth in (30, 60)]  # noqa: B023
    assert costs[1] < 2.5 * costs[0]
    assert [error.code for error in TWICE.errors(document(60))] == ["not_string"] * (name == 5)


def test_a_schema_that_is_all_of_itself_many_times_over():
    defs = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(50)}
    schema = Schema.of({"keys": {"x": {"$ref": "#/$defs/d0"}}, "$defs": defs | {"d50": FILE}})
    assert schema.errors({"x": "key"}) == []
    assert schema.keys({"x": "key"}) == {"x": "key"}
    assert {error.code for error in schema.errors({"x": 5})} == {"not_string"}


@pytest.mark.parametrize(
    ("raw", "shape"),
    [
        (
            {"keys": {"x": {"type": "list", "maxItems": 10**6, "items": {"keys": {"a": STRING}}}}},
            lambda n: [{"a": "b"}] * n,
        ),
        ({"keys": {"x": {"type": "list", "items": {"keys": {"a": STRING}}}}}, lambda n: [{"a": 5}] * n),
        (
            {"keys": {"x": {"type": "list", "maxItems": 10**6, "items": {"type": "number"}, "uniqueItems": True}}},
            lambda n: list(range(n)),
        ),
        (
            {"keys": {"x": {"keys": {}, "additionalProperties": {"keys": {"a": STRING}}}}},
            lambda n: {str(k): {"a": ""} for k in range(n)},
        ),
    ],
)
def test_twice_the_document_is_twice_the_work(raw, shape):
    schema = Schema.of({"keys": {"x": raw}})
    once, twice = (calls(lambda: schema.errors({"x": shape(count)})) for count in (1000, 2000))  # noqa: B023
    assert twice < 2.1 * once


@given(st.sampled_from(sorted(SENTENCES)))
def test_sentences_end_like_sentences(code):
    assert SENTENCES[code][0].isupper()
    assert SENTENCES[code][-1] in ".}"
