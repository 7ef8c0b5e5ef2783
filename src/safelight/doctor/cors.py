"""Pages of other origins: those that shall use the app may, with all that an upload needs, and a stranger's may not act
for whoever is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .finding import Finding, error, note, ok, warning

NEEDED = "content-type"
"""Without it no page of another origin can send JSON."""
USEFUL = "idempotency-key"


@dataclass(frozen=True, slots=True)
class Cors:
    """What the app allows to pages of other origins. `patterns` are regular expressions of origins, matched from their
    beginning, and `headers` names in small letters, or ``*``."""

    origins: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    everybody: bool = False
    credentials: bool = False
    headers: frozenset[str] = frozenset("*")


def examine(cors: Cors | None) -> Iterator[Finding]:
    if cors is None:
        yield note(
            "No page of another origin may use the app, as far as it is seen from here.",
            "Nothing to do if your pages are the app's own. Others need django-cors-headers or Flask-CORS.",
        )
        return
    yield from _who(cors)
    yield from _what(cors)


def _who(cors: Cors) -> Iterator[Finding]:
    if cors.everybody and cors.credentials:
        yield error(
            "Any page in the world may act as whoever is signed in: all origins are allowed, with cookies.",
            "List the origins of your own pages, or allow no credentials.",
        )
    elif cors.everybody:
        yield note(
            "Any page in the world may use the app, without cookies.", "Nothing to do if it is open to all anyway."
        )
    elif not (cors.origins or cors.patterns):
        yield note("No page of another origin may use the app.", "List the origins of your pages, if there are others.")
    else:
        yield ok(f"Pages of these origins may use the app: {', '.join(cors.origins + cors.patterns)}.")
    if "null" in cors.origins and cors.credentials:
        yield error(
            'The origin "null" is allowed, with cookies: any page can have it, in a sandboxed frame.',
            'Take "null" out of the list, or allow no credentials.',
        )
    for pattern in cors.patterns:
        if not pattern.endswith(("$", r"\Z")):
            yield warning(
                f"The pattern {pattern!r} has no end: whatever begins so is allowed, as https://example.com.evil.example.",
                r"Write \Z at its end.",
            )


def _what(cors: Cors) -> Iterator[Finding]:
    if not (cors.everybody or cors.origins or cors.patterns) or "*" in cors.headers:
        return
    if NEEDED not in cors.headers:
        yield error(
            "Those pages cannot send JSON: the header Content-Type is not allowed.",
            "Add content-type to the headers that are allowed.",
        )
    if USEFUL not in cors.headers:
        yield note(
            "Those pages cannot send the header Idempotency-Key, by which a repeated upload is stored once.",
            "Add idempotency-key to the headers that are allowed, if they repeat requests.",
        )
