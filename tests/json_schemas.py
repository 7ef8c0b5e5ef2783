"""Random schemas in django-jsonform's dialect, and documents that match them more or less.

Definitions always begin with an object or a list, so that no `$ref` leads back to itself at once; apart from that they
refer to each other as they like.
"""

import sys

from hypothesis import strategies as st

NAMES = ("a", "b", "picture", "0", "~1", "x y")
DEFINITIONS = ("one", "two")

names = st.sampled_from(NAMES)
references = st.sampled_from([f"#/$defs/{name}" for name in DEFINITIONS])
texts = st.sampled_from(["", "a", "some text", "2026/11/20/x.png", "data:text/plain;base64,aGk="])
numbers = st.one_of(st.integers(-3, 12), st.sampled_from([0.5, -2.5, 1e300, 10**400]))
scalars = st.one_of(texts, numbers, st.booleans(), st.none())
_seldom = st.sampled_from([False] * 6 + [True])
_few = st.integers(0, 2)
arbitrary = st.recursive(
    st.one_of(st.text(max_size=5), st.floats(), st.integers(), scalars),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(names, st.text(max_size=3)), inner)),
    max_leaves=12,
)

file_schemas = st.sampled_from(
    [
        {"type": "string", "format": "file-url", "policy": "pictures"},
        {"type": "string", "format": "file-url", "policy": "pictures", "widget": "fileinput"},
        {"type": "string", "format": "data-url"},
        {"type": "string", "format": "data-url", "store": True},
    ]
).map(dict)
other_schemas = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "choices": ["a", "some text"]},
        {"type": "string", "minLength": 2, "maxLength": 8},
        {"type": "number", "minimum": -1, "exclusiveMaximum": 11, "help_text": "not much"},
        {"type": "integer", "multipleOf": 2},
        {"type": "integer", "choices": [{"label": "one", "value": 1}, {"title": "two", "value": 2}]},
        {"type": "boolean", "readonly": True},
        {"type": ["string", "null"], "pattern": "^[a-z]"},
    ]
).map(dict)


def schemas(depth=2, *, refers=True):
    """Schemas in each other up to `depth`; without `refers`, those that a definition may begin with."""
    if depth == 0:
        return st.one_of(file_schemas, other_schemas, references.map(lambda path: {"$ref": path}))
    inner = schemas(depth - 1)
    objects = st.fixed_dictionaries(
        {"type": st.sampled_from(["dict", "object"]), "keys": st.dictionaries(names, inner, max_size=4)}
    )
    open_objects = st.builds(lambda one, rest: one | {"additionalProperties": rest}, objects, inner | st.just(True))
    lists = st.builds(lambda name, items: {"type": name, "items": items}, st.sampled_from(["list", "array"]), inner)
    tuples = st.builds(
        lambda first, rest: {"type": "array", "prefixItems": first, "items": rest},
        st.lists(inner, min_size=1, max_size=2),
        inner | st.just(False),
    )
    if not refers:
        return st.one_of(objects, open_objects, lists, tuples)
    alternatives = st.builds(
        lambda word, several: {word: several},
        st.sampled_from(["oneOf", "anyOf"]),
        st.lists(inner, min_size=1, max_size=3),
    )
    joined = st.builds(lambda one, also: one | {"allOf": also}, objects, st.lists(objects, min_size=1, max_size=2))
    return st.one_of(objects, open_objects, lists, tuples, alternatives, joined, file_schemas)


def whole_schemas():
    definitions = st.fixed_dictionaries({name: schemas(2, refers=False) for name in DEFINITIONS})
    return st.builds(lambda schema, defs: schema | {"$defs": defs}, schemas(), definitions)


@st.composite
def pairs(draw):
    """A schema, and a document that follows it as far as it pleases."""
    root = draw(whole_schemas())
    return root, _document(draw, root, root, 6)


def _document(draw, schema, root, depth):
    if depth == 0:
        return draw(scalars)
    if draw(_seldom):
        return draw(arbitrary)
    if "$ref" in schema:
        return _document(draw, resolve(root, schema["$ref"]), root, depth - 1)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return _document(draw, draw(st.sampled_from(schema[word])), root, depth)
    if "items" in schema:
        rest = schema["items"] or {"type": "string"}
        several = [*schema.get("prefixItems", []), *[rest] * draw(_few)]
        return [_document(draw, inner, root, depth - 1) for inner in several]
    if "keys" in schema:
        values = {
            name: _document(draw, inner, root, depth - 1)
            for each in (schema, *schema.get("allOf", []))
            for name, inner in each["keys"].items()
            if not draw(_seldom)
        }
        if "additionalProperties" in schema:
            rest = schema["additionalProperties"]
            inner = {"type": "string"} if rest is True else rest
            values.setdefault(draw(names), _document(draw, inner, root, depth - 1))
        return values
    return draw(texts if "string" in schema["type"] else scalars)


def resolve(root, path):
    found = root
    for step in path.split("/")[1:]:
        found = found[step]
    return found


def blank(schema, root, depth=8):
    """What django-jsonform 2.23's editor fills a field with that nobody has touched (its data.js)."""
    if "$ref" in schema:
        target = resolve(root, schema["$ref"])
        if "items" in target:
            return []
        return blank(target, root, depth - 1) if depth > 0 else None  # where theirs goes on for ever
    if "const" in schema:
        return schema["const"]
    for word in ("oneOf", "anyOf"):
        if word in schema and "type" not in schema:
            return blank(schema[word][0], root, depth - 1)
    match schema["type"]:
        case "list" | "array":
            return []
        case "dict" | "object":
            values = {}
            for each in (schema, *schema.get("allOf", [])):
                values |= {name: blank(inner, root, depth - 1) for name, inner in each["keys"].items() if depth > 0}
            return values
        case "boolean" | "integer" | "number":
            return None
    return ""


def calls(function):
    """How many functions are called, Python's and C's, until `function` returns: what it costs on any machine."""
    count = 0

    def tick(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count
