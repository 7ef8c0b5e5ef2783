"""Linking: what can only be said of a schema as a whole. Every ``$ref`` leads somewhere, no chain of them goes round
in circles, and what is said of files is said of strings that are files.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any
from urllib.parse import quote, unquote

from ..errors import SchemaError
from .dialect import ALIASES, NOT_BLANK, TYPES
from .keywords import LISTS, SINGLES
from .nodes import DATA_URL, FILE_URL, FilePlace, Node, everything
from .paths import as_index

_FORMATS = (FILE_URL, DATA_URL)

# A schema that says one of these says what stands there; one that says none of them is no field of a form.
_KINDS = ("type", "$ref", "allOf", "anyOf", "oneOf", "enum", "const")

# What JavaScript's encodeURI leaves as it is: so a validator there finds the same places.
_AS_IT_IS = ";,/?:@&=+$-_.!~*'()#"


def linked(standard: dict[str, Any]) -> list[Node]:
    """The nodes of a translated schema, its root first; the paths in its ``$ref`` are written out in standard words.

    Raises `SchemaError`.
    """
    nodes: list[Node] = []
    _field(standard, (), nodes)
    by_id = {id(node.schema): node for node in nodes}
    for node in nodes:
        if "$ref" in node.schema:
            node.schema["$ref"], target = _resolved(standard, node)
            if id(target) not in by_id:
                raise SchemaError(node.place, "its $ref leads to no schema; put what is shared below $defs")
            node.also.insert(0, by_id[id(target)])
    _gather(nodes)
    for node in nodes:
        _check_files(node)
        _check_alternatives(node)
    return nodes


def _field(schema: dict[str, Any], place: tuple[str, ...], nodes: list[Node]) -> Node:
    """A schema that says what stands somewhere, and not only what else holds of it."""
    node = _node(schema, place, nodes)
    if not any(keyword in schema for keyword in _KINDS):
        raise SchemaError(place, f"has no type; write one of {', '.join(TYPES)}")
    if schema.get("type") == "array" and not {"$ref", "items", *LISTS} & schema.keys():
        raise SchemaError(place, "an array needs items: the schema of each of them")
    return node


def _node(schema: dict[str, Any], place: tuple[str, ...], nodes: list[Node]) -> Node:
    node = Node(schema, place)
    nodes.append(node)

    def listed(keyword: str) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        return [(inner, (*place, f"{keyword} {number}")) for number, inner in enumerate(schema.get(keyword, ()), 1)]

    def single(keyword: str) -> Node | None:
        inner = schema.get(keyword, False)
        return _field(inner, (*place, keyword), nodes) if isinstance(inner, dict) else None

    node.also = [_node(*inner, nodes) for inner in listed("allOf")]
    node.alternatives = [_node(*inner, nodes) for inner in listed("anyOf")]
    node.prefix = [_field(*inner, nodes) for inner in listed("prefixItems")]
    node.properties = {
        name: _field(inner, (*place, name), nodes) for name, inner in schema.get("properties", {}).items()
    }
    node.items, node.additional = single("items"), single("additionalProperties")
    for name, inner in schema.get("$defs", {}).items():
        _node(inner, (*place, "$defs", name), nodes)
    return node


def _resolved(standard: dict[str, Any], node: Node) -> tuple[str, Any]:
    """The path of a ``$ref`` in standard words, and what is there: names are taken as they are, keywords by alias."""
    reference: str = node.schema["$ref"]
    if reference != "#" and not reference.startswith("#/"):
        raise SchemaError(node.place, f"$ref {reference!r} leads outside; write a path that begins with #/")
    found: Any = standard
    path, at_keyword = "#", True  # a name or a number comes next, unless a keyword does
    for token in reference.split("/")[1:]:
        step: Any = unquote(token).replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            step = as_index(step)
        elif at_keyword:
            step = ALIASES.get(step, step)
        try:
            found = found[step]
        except (LookupError, TypeError):
            raise SchemaError(node.place, f"$ref {reference!r} leads nowhere: there is no {token!r}") from None
        at_keyword = not at_keyword or step in SINGLES
        path += "/" + quote(str(step).replace("~", "~0").replace("/", "~1"), safe=_AS_IT_IS)
    return path, found


def _gather(nodes: list[Node]) -> None:
    """What a node says by what it refers to. The far end comes first, so that one step of looking back is enough."""
    graph = {node: [*node.also, *node.alternatives] for node in nodes}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        place = error.args[1][0].place
        raise SchemaError(place, "its $ref leads back to itself, with no property or item in between") from None
    for node in order:
        node.names = frozenset(node.properties).union(*(other.names for other in graph[node]))
        node.types = _types(node)
        node.values = _values(node)
        node.filled = node.schema.get("not") == NOT_BLANK or any(other.filled for other in node.also)
        node.file = _file(node)
    for node in order:
        _require(node)
        for other in reversed(node.also):
            node.constants.update(other.constants)
        node.constants.update({name: inner.values for name, inner in node.properties.items() if inner.values})
        if node.alternatives:
            first, *others = (other.constants for other in node.alternatives)
            for name in first:
                if all(name in other for other in others):
                    node.discriminators[name] = [first[name], *(other[name] for other in others)]


def _types(node: Node) -> tuple[str, ...]:
    types = node.schema.get("type")
    if types is None:
        return next((other.types for other in node.also if other.types), ())
    return tuple(types) if isinstance(types, list) else (types,)


def _values(node: Node) -> list[Any] | None:
    schema = node.schema
    if "const" in schema:
        return [schema["const"]]
    if "oneOf" in schema:
        return [choice["const"] for choice in schema["oneOf"]]
    return schema.get("enum") or next((other.values for other in node.also if other.values), None)


def _require(node: Node) -> None:
    """A property that refers to something which is required wherever it stands (dialect.py) is required here."""
    names = [name for name, inner in node.properties.items() if any(other.filled for other in inner.also)]
    if names:
        node.schema["required"] = list(dict.fromkeys([*node.schema.get("required", ()), *names]))


def _file(node: Node) -> FilePlace | None:
    """A schema's own words come before those of what it refers to."""
    said = node.schema
    other = next((other.file for other in node.also if other.file), None)
    format = said.get("format")
    if format not in _FORMATS:
        if other is None:
            return None
        format = other.format
    return FilePlace(
        format,
        said.get("policy", other and other.policy),
        said.get("store", other is not None and other.store),
        said.get("handler", other and other.handler),
    )


def _check_files(node: Node) -> None:
    for keyword in ("policy", "store"):
        if keyword in node.schema and node.file is None:
            raise SchemaError(node.place, f"{keyword} is for files: strings with the format {' or '.join(_FORMATS)}")
    if node.file is None:
        return
    if node.types and "string" not in node.types:
        raise SchemaError(node.place, f"the format {node.file.format} is for strings, and this is {node.types[0]}")
    if node.file.store and node.file.format != DATA_URL:
        raise SchemaError(node.place, f"store is for the format {DATA_URL}: what a {FILE_URL} names is stored already")


def _check_alternatives(node: Node) -> None:
    """Who sends a file says to which place, and not to which alternative there. One policy has to be the answer."""
    policies: dict[str, str | None] = {}
    places = [(name, inner.file) for other in everything(node.alternatives) for name, inner in other.properties.items()]
    for name, file in places:
        if file and file.format == FILE_URL and policies.setdefault(name, file.policy) != file.policy:
            raise SchemaError(node.place, f"files named {name!r} have several policies; give them names of their own")
