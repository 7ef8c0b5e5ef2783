"""Renders docstrings as they are written here: lines of ``name: what it is`` become a definition list, and `name` in
single backticks is a link where the reference has that name, else code. Signatures say where to import from."""

from __future__ import annotations

import inspect
import pkgutil
import re
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.addnodes import desc_addname, pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

_ENTRY = re.compile(r"(\w+(?:, \w+)*):\s+(\S.*)")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", lambda app, what, name, obj, options, lines: define(obj, lines))
    app.connect("missing-reference", elsewhere)
    app.connect("object-description-transform", lambda app, domain, kind, content: publish(content.parent))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def define(obj: object, lines: list[str]) -> None:
    """Make definition lists, in place, of the paragraphs that begin with a parameter of `obj` and a colon."""
    known, defines, after_blank = _parameters(obj), False, True
    result: list[str] = []
    for line in lines:
        entry = _ENTRY.fullmatch(line)
        if after_blank:
            defines = entry is not None and entry[1].split(", ")[0].lower() in known
        if defines and entry:
            result += [", ".join(f"``{name}``" for name in entry[1].split(", ")), f"    {entry[2]}"]
        else:
            result.append(f"    {line.strip()}" if defines and line else line)
        after_blank = not line
    lines[:] = result


def _parameters(obj: object) -> set[str]:
    try:
        return set(inspect.signature(obj).parameters) if callable(obj) else set()
    except ValueError:  # a class written in C
        return set()


def elsewhere(app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element) -> nodes.Element | None:
    """A name in backticks that is not of this very module. One that nobody documents, a parameter for one, is just
    code; but a full name of ours that leads nowhere stays a warning."""
    if node.get("reftype") != "obj":
        return None
    target, domain = node["reftarget"], env.domains.python_domain
    ours = target.startswith("safelight.")
    homes = [_home(target)] if ours else [name for name in domain.objects if name.rpartition(".")[2] == target]
    if len(homes) == 1 and homes[0] in domain.objects and (ours or target[0].isupper()):
        return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", homes[0], node, contnode)
    return None if ours else contnode


def publish(description: nodes.Element) -> None:
    """``safelight.policy.Policy`` is shown as ``safelight.Policy``: the outermost package that offers it is the one to
    import it from."""
    for prefix in description.findall(desc_addname):
        home, name = prefix.astext().rstrip("."), prefix.parent["fullname"]
        thing, steps = getattr(import_module(home), name), home.split(".")
        for package in (".".join(steps[:count]) for count in range(1, len(steps))):
            offers = import_module(package)
            if name in getattr(offers, "__all__", ()) and getattr(offers, name) is thing:
                prefix.children = [nodes.Text(f"{package}.")]
                break


def _home(name: str) -> str:
    """Where what is imported by this name is made, and documented."""
    try:
        found = pkgutil.resolve_name(name)
    except (AttributeError, ImportError):
        return name
    return f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', '')}"
