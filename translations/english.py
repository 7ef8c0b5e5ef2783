"""What Safelight says to people, in English, found in its sources: the msgids of the catalogues.

- `Words(...)`, and what is given to a `Refusal`; the titles of refusals
- `gettext(...)` and its like, in Python and in templates
- the JSON files out of which the scripts and the documents' problems have their sentences
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from django.template import Engine
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from safelight.django.language import SCRIPTS

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "safelight"
TEXTS, SENTENCES = PACKAGE / "http" / "texts.json", PACKAGE / "documents" / "sentences.json"
ERRORS = PACKAGE / "errors.py"

# What these are given is for programs, or for the log.
_NOT_SAID = {"UnknownKey", "ScannerRefused", "DecoderUnavailable", "StorageUnavailable"}
_GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop"}
_NGETTEXT = {"ngettext", "ngettext_lazy"}
_PGETTEXT = {"pgettext", "pgettext_lazy"}


class Message(NamedTuple):
    text: str
    plural: str | None = None
    context: str | None = None


def english() -> dict[Message, list[Path]]:
    """Every message, and the files that have it."""
    found: dict[Message, list[Path]] = {}
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html"), TEXTS, SENTENCES]):
        for message in _in_file(path):
            files = found.setdefault(message, [])
            if path not in files:
                files.append(path)
    return found


def _in_file(path: Path) -> Iterator[Message]:
    source = path.read_text("utf-8")
    if path == TEXTS:
        for group in json.loads(source).values():
            yield from (Message(text, context=SCRIPTS) for text in group.values())
    elif path == SENTENCES:
        yield from map(Message, json.loads(source).values())
    elif path.suffix == ".html":
        yield from _in_template(source)
    else:
        yield from _in_python(ast.parse(source), _refusals(), is_table=path == ERRORS)


def _in_python(tree: ast.Module, refusals: set[str], *, is_table: bool) -> Iterator[Message]:
    said = (refusals - _NOT_SAID) | {"Words"} | ({"__init__"} if is_table else set())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            texts = list(_literals(node.args))
            if name in said:
                yield from map(Message, filter(None, texts))
            elif (name in _GETTEXT and len(texts) == 1) or (name in _NGETTEXT and len(texts) == 2):
                yield Message(*texts)
            elif name in _PGETTEXT and len(texts) == 2:
                yield Message(texts[1], context=texts[0])
        elif is_table and isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _title(node)


def _refusals() -> set[str]:
    """The names of the table's rows."""
    tree = ast.parse(ERRORS.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef) and "Refusal" in map(_name, node.bases)}


def _title(node: ast.Assign | ast.AnnAssign) -> Iterator[Message]:
    """``code, status, title = "empty", 400, "No file was sent"``"""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        if names and _name(names[-1]) == "title" and node.value is not None:
            *_, text = _literals([node.value])
            yield Message(text)


def _literals(nodes: Iterable[ast.expr]) -> Iterator[str]:
    """The strings that an expression may become."""
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.IfExp(body=body, orelse=orelse):
                yield from _literals([body, orelse])
            case ast.List(elts=inner) | ast.Tuple(elts=inner) | ast.Dict(values=inner):
                yield from _literals(inner)
            case ast.Call(func=ast.Attribute(value=ast.Dict() as table, attr="get"), args=[_, *default]):
                yield from _literals([table, *default])


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


_LIBRARIES = {
    "admin_urls": "django.contrib.admin.templatetags.admin_urls",
    "i18n": "django.templatetags.i18n",
    "safelight": "safelight.django.templatetags.safelight",
}


def _in_template(source: str) -> Iterator[Message]:
    nodes = Engine(libraries=_LIBRARIES).from_string(source).nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield Message(node.filter_expression.var.literal)
    for block in nodes.get_nodes_by_type(BlockTranslateNode):
        singular, _ = block.render_token_list(block.singular)
        plural, _ = block.render_token_list(block.plural) if block.plural else (None, None)
        yield Message(singular, plural)
