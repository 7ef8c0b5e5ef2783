"""Validation: the `jsonschema` package leads from a document and its schema to every value and what is asked of it.

What a value must be and what to say if it is not stands in `assertions`: the package's own messages repeat the value,
a file of some megabytes perhaps. Here is how one value's schemas come together, and that no document costs more than
its size: what is referred to is tried once for each value, however deep alternatives lie in each other, and a list that
is too long is not read.

This is the only module that needs the package (``pip install "safelight[jsonform]"``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from .assertions import ASSERTIONS, Assertion, is_of_type
from .dialect import MAX_DEPTH, TYPES
from .files import files
from .nodes import Node
from .paths import SEPARATOR, Steps
from .problems import DocumentError
from .values import canonical, is_blank

MAX_ERRORS: Final = 100

_WRONG_TYPE = {f"not_{type}" for type in TYPES}
_TOO_DEEP = DocumentError((), "too_deep", {"limit": MAX_DEPTH})


class _Problem(ValidationError):
    """A finding on its way through the package, which adds the steps to where it is."""

    def __init__(self, code: str, numbers: dict[str, object] | None = None, path: Sequence[str | int] = ()) -> None:
        super().__init__(code, path=path)
        self.numbers = numbers or {}


_Keyword = Callable[[Any, Any, Any, Any], Iterator[_Problem]]
"""Of the package's validator (whose protocol lacks `descend`), the keyword's value, the document's, and the schema."""


def errors(nodes: Sequence[Node], document: Any) -> list[DocumentError]:
    """What is wrong with `document`, or the first `MAX_ERRORS` of it."""
    if _is_too_deep(document):
        return [_TOO_DEEP]
    misplaced = (DocumentError(file.steps, "bad_file") for file in files(nodes[0], document) if file.is_misplaced)
    try:
        found = list(islice(chain(_Judge(nodes).errors(document), misplaced), MAX_ERRORS))
    except RecursionError:  # not so deep, but at each level many schemas refer to each other
        return [_TOO_DEEP]
    first: dict[Steps, int] = {}
    for error in found:
        first[error.steps] = min(_rank(error), first.get(error.steps, _rank(error)))
    return list({(error.steps, error.code): error for error in found if _rank(error) == first[error.steps]}.values())


def _rank(error: DocumentError) -> int:
    """Of what is missing nothing else is said, and of what is not even of the right type little."""
    return 0 if error.code == "required" else 1 if error.code in _WRONG_TYPE else 2


def _is_too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH + 1):
        containers = [value for value in level if isinstance(value, dict | list)]
        level = [inner for value in containers for inner in (value.values() if isinstance(value, dict) else value)]
    return bool(level)


class _Judge:
    """The keywords that depend on more than one value, and what is known already of one document."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._root = nodes[0].schema
        self._nodes = {id(node.schema): node for node in nodes}
        self._known: dict[tuple[int, int], bool] = {}  # by schema and value, whether they fit
        self._deciding = 0

    def errors(self, document: Any) -> Iterator[DocumentError]:
        keywords: dict[str, _Keyword] = {name: _keyword(assertion) for name, assertion in ASSERTIONS.items()}
        keywords |= {
            "required": self._required,
            "uniqueItems": _unique_items,
            "items": _items,
            "additionalProperties": self._additional_properties,
            "$ref": self._ref,
            "anyOf": self._any_of,
        }
        validator = extend(Draft202012Validator, keywords)(self._root)  # type: ignore[no-untyped-call]
        for problem in validator.iter_errors(document):
            yield DocumentError(tuple(problem.absolute_path), problem.message, problem.numbers)

    def _required(self, validator: Any, names: Any, value: Any, schema: Any) -> Iterator[_Problem]:
        """There, and not left empty; null only if the schema says so."""
        if isinstance(value, dict):
            properties = self._nodes[id(schema)].properties
            for name in names:
                may_be_null = name in value and name in properties and "null" in properties[name].types
                if is_blank(value.get(name)) and not (may_be_null and value[name] is None):
                    yield _Problem("required", path=[name])

    def _additional_properties(self, validator: Any, rest: Any, value: Any, schema: Any) -> Iterator[_Problem]:
        """Names that nothing else declares: an ``allOf`` or ``anyOf`` beside it has them, too."""
        if isinstance(value, dict):
            declared = self._nodes[id(schema)].names
            for name in [name for name in value if name not in declared]:
                if rest is False:
                    yield _Problem("unexpected", {"name": f"{name:.60}"}, [name])
                elif not name or SEPARATOR in name:
                    yield _Problem("bad_name", path=[name])
                else:
                    yield from validator.descend(value[name], rest, path=name)

    def _ref(self, validator: Any, ref: str, value: Any, schema: Any) -> Iterator[_Problem]:
        target = self._nodes[id(schema)].also[0].schema
        if not self._fits(validator, target, value):
            yield from self._told(validator, target, value)

    def _any_of(self, validator: Any, branches: Any, value: Any, schema: Any) -> Iterator[_Problem]:
        """Told is what the likeliest alternative misses, as if it were the only one."""
        if any(self._fits(validator, branch, value) for branch in branches):
            return
        likely = [node for node in self._nodes[id(schema)].branches(value) if _may_be(node, value)]
        if likely:
            yield from self._told(validator, max(likely, key=lambda node: _likeness(node, value)).schema, value)
        else:
            yield _Problem("no_match")

    def _told(self, validator: Any, schema: Any, value: Any) -> Iterator[_Problem]:
        """Why they do not fit, unless nobody asks."""
        return iter([_Problem("no_match")]) if self._deciding else validator.descend(value, schema)

    def _fits(self, validator: Any, schema: Any, value: Any) -> bool:
        """Decided once. Schemas recur by `$ref` alone, and several of them may have a say about the same value: to try
        all that is in it again for each would take exponential time."""
        known = id(schema), id(value)
        if known not in self._known:
            self._deciding += 1
            self._known[known] = validator.evolve(schema=schema).is_valid(value)
            self._deciding -= 1
        return self._known[known]


def _keyword(assertion: Assertion) -> _Keyword:
    def keyword(validator: Any, limit: Any, value: Any, schema: Any) -> Iterator[_Problem]:
        finding = assertion(limit, value)
        if finding is not None:
            yield _Problem(*finding)

    return keyword


def _items(validator: Any, items: Any, value: Any, schema: Any) -> Iterator[_Problem]:
    if not isinstance(value, list) or len(value) > schema["maxItems"]:
        return
    prefix = len(schema.get("prefixItems", ()))
    if items is not False:
        for index in range(prefix, len(value)):
            yield from validator.descend(value[index], items, path=index)
    elif len(value) > prefix:
        yield _Problem("too_many", {"limit": prefix, "actual": len(value)})


def _unique_items(validator: Any, unique: Any, value: Any, schema: Any) -> Iterator[_Problem]:
    """The package compares each with each."""
    if unique and isinstance(value, list) and len(value) <= schema.get("maxItems", len(value)):
        seen = set()
        for index, item in enumerate(map(canonical, value)):
            if item in seen:
                yield _Problem("not_unique", path=[index])
            seen.add(item)


def _may_be(node: Node, value: Any) -> bool:
    return not node.types or any(is_of_type(value, type) for type in node.types)


def _likeness(node: Node, value: Any) -> int:
    """How many names an object shares with an alternative, less those it does not."""
    if not isinstance(value, dict):
        return 0
    return len(node.names & value.keys()) - len(value.keys() - node.names)
