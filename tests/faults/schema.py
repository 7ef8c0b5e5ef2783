"""The document that both sites have, in the keywords of django-jsonform: every kind of field that a fault needs."""

from typing import Any

FILE: dict[str, Any] = {"type": "string", "format": "file-url"}
PLAIN_FILE: dict[str, Any] = {**FILE, "widget": "fileinput"}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "keys": {
        "title": {"type": "string"},
        "code": {"type": "string", "readonly": True},
        "cover": FILE,
        "logo": {"type": "string", "format": "data-url"},
        "attachment": PLAIN_FILE,
        "country": {"type": "string", "widget": "autocomplete", "handler": "/countries/"},
        "gallery": {
            "type": "list",
            "items": {"type": "dict", "keys": {"picture": PLAIN_FILE, "caption": {"type": "string"}}},
        },
        "text": {"type": "string", "widget": "textarea"},
        "lines": {"type": "list", "items": {"type": "string"}, "maxItems": 2000},
    },
}

LAZY_SCHEMA: dict[str, Any] = {"type": "object", "keys": {"cover": FILE}}


def document(**values: Any) -> dict[str, Any]:
    """A whole one: django-jsonform refuses a document that lacks a key of the schema."""
    empty = {key: [] if field["type"] == "list" else "" for key, field in SCHEMA["keys"].items()}
    return {**empty, "code": "A-1", **values}
