"""A tiny file of each kind, to show what a request looks like: real ones, which are accepted as they stand."""

from __future__ import annotations

from collections.abc import Collection

from safelight.policy import AVIF, CSV, FILES, GIF, JPEG, PDF, PNG, TEXT, WEBP

SAMPLES: dict[str, str] = {
    PNG: ("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAEElEQVR42mM8wQABTAwUMQA6AADYbMmlZgAAAABJRU5ErkJggg=="),
    JPEG: (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6j"
        "q62rZ4C8ybqmx5moq6T/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAI"
        "AQEAAD8AVf/Z"
    ),
    GIF: "R0lGODdhCAAIAIEAAMgAAAAAAAAAAAAAACwAAAAACAAIAAAIDwABCBxIsKDBgwgTKkwYEAA7",
    WEBP: "UklGRhwAAABXRUJQVlA4TA8AAAAvB8ABAAcQRY7+ByKi/wEA",
    AVIF: (
        "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADmbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAA"
        "AAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAEOAAAAJgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEA"
        "AGF2MDEAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAAgAAAAIAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgQAMAAAAABNj"
        "b2xybmNseAABAA0ABoAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAAC5tZGF0EgAKCBgIv2iAhoNCMhgcR4eF3dNNNMLAAACQNY48"
        "fqiMisBbdGA="
    ),
    PDF: (
        "JVBERi0xLjQKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+ZW5kb2JqCjIgMCBvYmo8PC9UeXBlL1BhZ2VzL0Nv"
        "dW50IDEvS2lkc1szIDAgUl0+PmVuZG9iagozIDAgb2JqPDwvVHlwZS9QYWdlL1BhcmVudCAyIDAgUi9NZWRpYUJveFswIDAgOSA5"
        "XT4+ZW5kb2JqCnhyZWYKMCA0CjAwMDAwMDAwMDAgNjU1MzUgZiAKMDAwMDAwMDAwOSAwMDAwMCBuIAowMDAwMDAwMDUyIDAwMDAw"
        "IG4gCjAwMDAwMDAxMDEgMDAwMDAgbiAKdHJhaWxlcjw8L1NpemUgNC9Sb290IDEgMCBSPj4Kc3RhcnR4cmVmCjE2MAolJUVPRgo="
    ),
    TEXT: "QSBzYW1wbGUuCg==",
    CSV: "bmFtZSxjb3VudApzYW1wbGUsMQo=",
}
"""Base64 by media type, those first that most people know: pictures of 8 x 8 pixels, a page, a line of text."""


def sample(types: Collection[str]) -> tuple[str, str] | None:
    """The media type and the base64 of a file that is of one of `types`; None if all of them are Office documents."""
    if not FILES.isdisjoint(types):
        return TEXT, SAMPLES[TEXT]
    return next(((media_type, text) for media_type, text in SAMPLES.items() if media_type in types), None)


def data_url(types: Collection[str]) -> str | None:
    found = sample(types)
    return found and f"data:{found[0]};base64,{found[1]}"
