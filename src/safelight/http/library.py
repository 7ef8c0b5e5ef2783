"""The library: an app's stored files, sent, listed and deleted over HTTP, as the form of a JSON document asks for it.

It knows no framework: an adapter says who is asking and what the schema says of the place, and gets plain answers for
JSON, or a `Refusal`. Which policy a file has to pass is never the client's to say.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any, NamedTuple, NoReturn, Protocol

from ..blob import Blob
from ..errors import Empty, Malformed, NotAllowed, UnknownKey
from ..formats import FORMATS
from ..lengths import owner_name
from ..pipeline import Safelight
from ..policy import Policy
from ..protocols import Storage
from ..receive.body import read_form
from ..receive.multipart import MultipartScanner, boundary_of
from ..receive.part import Part
from ..upload import Upload
from ..variants import thumbnail_key
from ..words import ENGLISH, Language, Words, megabytes, worded

DELETE_BUTTON = "delete_button"
PAGE_LEFT = "unsaved_form_page_exit"
TRIGGERS: frozenset[str] = frozenset({DELETE_BUTTON, PAGE_LEFT})
"""Why a form asks for files to be deleted."""

METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")
PURPOSE = Words("Files are sent, listed and deleted here.")

_MAX_FIELDS = 20
_MAX_FIELD_BYTES = 20_000  # all that a form sends besides the file are some names
_MAX_DIGITS = 9  # a page that is further away is as empty as this one
_MAX_VALUES = 100
_MAX_SEARCH = 200


class Position(NamedTuple):
    """Where in a list a blob stands: newest first."""

    created: datetime
    key: str


class Entry(NamedTuple):
    position: Position
    blob: Blob


class Catalogue(Protocol):
    """What a ledger's table tells of many blobs at once, in one query each. Only of blobs that are *ready*."""

    def newest(
        self,
        policies: Collection[str],
        *,
        owner: str | None,
        search: str,
        limit: int,
        offset: int = 0,
        after: Position | None = None,
    ) -> Sequence[Entry]:
        """Blobs that one of `policies` has accepted, newest first: of `owner`, or of everybody (None); whose file name
        or key has `search` in it."""

    def find(self, keys: Collection[str], /) -> Mapping[str, Blob]:
        """Those of `keys` that there are. They come from clients, and may be anything."""


class Sent(NamedTuple):
    """What came with a form: its fields (of two with the same name the last), and its one file."""

    fields: dict[str, str]
    upload: Upload

    def close(self) -> None:
        self.upload.content.close()


@dataclass(frozen=True, slots=True)
class Library:
    """What one file handler has to offer.

    policies:  the first is that of places whose schema names none
    page_size: files in one answer to `page`
    delete_on: which of `TRIGGERS` are heeded
    language:  in which facts are told
    """

    safelight: Safelight
    catalogue: Catalogue
    policies: tuple[Policy, ...]
    page_size: int = 30
    delete_on: frozenset[str] = TRIGGERS
    language: Language = ENGLISH

    def upload(self, upload: Upload, policy: Policy, owner: str) -> dict[str, Any]:
        return described(self.safelight.accept(upload, policy, owner=owner), self.safelight.storages, self.language)

    def page(
        self,
        query: Mapping[str, str],
        policies: Collection[Policy],
        owner: str | None,
        used_in: Callable[[Collection[str]], Mapping[str, Sequence[str]]],
    ) -> dict[str, Any]:
        """Files that one of `policies` has accepted, of `owner` or (None) of everybody. `query` may have `q`, and
        either a `page` from 1 or the `cursor` of the page before. `used_in` says of keys, all at once, in what words
        to tell where each is used."""
        offset, after = 0, None
        if "cursor" in query:
            after = _position(query["cursor"])
        elif "page" in query:
            offset = (_page_number(query["page"]) - 1) * self.page_size
        names = {policy.name for policy in policies}
        search = _searchable(query.get("q", ""))
        limit = self.page_size + 1  # one more, to see whether there is more
        theirs = None if owner is None else owner_name(owner)
        found = self.catalogue.newest(names, owner=theirs, search=search, limit=limit, offset=offset, after=after)
        page, has_more = found[: self.page_size], len(found) > self.page_size
        shown = [entry for entry in page if theirs in (None, entry.blob.owner)]  # MySQL takes "Ada" for "ada"
        results = [described(entry.blob, self.safelight.storages, self.language) for entry in shown]
        places = used_in([entry.blob.key for entry in shown]) if shown else {}
        for result in results:
            if told := places.get(result["value"]):
                result["metadata"]["used_in"] = list(told)
        return {
            "results": results,
            "has_more": has_more,
            "cursor": _cursor(page[-1].position) if has_more else None,
        }

    def delete(
        self,
        trigger: str,
        values: Collection[str],
        *,
        owner: str,
        may_all: bool,
        delete: Callable[[str], None],
        hurry: Callable[[Collection[str]], None],
    ) -> None:
        """As `trigger` says: delete files, or let those that their form did not save expire sooner.

        `may_all` is whether files of others than `owner` may be deleted. `delete` deletes one key or raises a
        `Refusal`, which the caller lets undo what was deleted before; `hurry` is for keys that `owner` has sent: see
        `safelight.sweep`.
        """
        if trigger not in TRIGGERS:
            raise Malformed(Words("Say why: trigger is {names}.", names=tuple(sorted(TRIGGERS))))
        if trigger not in self.delete_on:
            raise NotAllowed("Files are not deleted from here.")
        if len(values) > _MAX_VALUES:
            raise Malformed("These are more than {limit} files. Ask for some at a time.", limit=_MAX_VALUES)
        blobs, unknown = self._named(values)
        if trigger == PAGE_LEFT:  # nobody is there any more to read a refusal
            hurry([blob.key for blob in blobs])
            return
        if unknown or not blobs:
            raise UnknownKey(next(iter(unknown), ""))
        if not may_all and not all(blob.sent_by(owner) for blob in blobs):
            raise NotAllowed("This file was sent by somebody else; you may not delete it.")
        for blob in blobs:
            delete(blob.key)

    def _named(self, values: Collection[str]) -> tuple[list[Blob], list[str]]:
        """The blobs that `values` name, and what names none. Several keys may come in one value, with commas between
        them (django-jsonform sends them so); but a key that has a comma itself is one."""
        parts = {value: value.split(",") for value in values}
        found = self.catalogue.find({*parts, *(part for split in parts.values() for part in split)})
        keys = dict.fromkeys(
            key for value, split in parts.items() for key in ([value] if value in found else split) if key
        )
        ours = {policy.name for policy in self.policies}
        blobs = [found[key] for key in keys if key in found and found[key].policy in ours]
        return blobs, [key for key in keys if key not in {blob.key for blob in blobs}]


def described(blob: Blob, storages: Mapping[str, Storage], language: Language = ENGLISH) -> dict[str, Any]:
    """A file for an answer. `metadata` is for people, in the order in which it is shown."""
    storage, thumbnail = storages[blob.storage], thumbnail_key(blob)
    format = FORMATS.get(blob.media_type)
    name = blob.filename or blob.key.rpartition("/")[2]
    kind = worded(format.name).said(language) if format else blob.media_type
    metadata = {"name": name, "type": kind, "size": megabytes(blob.size).said(language)}
    if blob.width is not None:
        metadata["dimensions"] = f"{blob.width} x {blob.height}"
    return {
        "value": blob.key,
        "url": storage.url(blob.key),
        "thumbnail": None if thumbnail is None else storage.url(thumbnail),
        "filename": name,
        "media_type": blob.media_type,
        "size": blob.size,
        "metadata": metadata,
    }


def received(chunks: Iterable[bytes], content_type: str, policies: Sequence[Policy]) -> Sent:
    """The form that a handler with these policies is sent, its file in a nameless temporary file. It may be as large as
    the most generous of them allows: only what else the form says tells which one counts.

    Raises a `Refusal`, and then has left nothing open. Who calls closes what came. A connection that broke half-way
    does not pass for a shorter form: that has no end.
    """
    scanner = MultipartScanner(boundary_of(content_type), _MAX_FIELD_BYTES, max_files=1, max_fields=_MAX_FIELDS)
    largest = max(policies, key=lambda policy: policy.max_bytes)
    form = read_form(chunks, scanner, {("file",): largest}, lambda upload: Sent({}, upload), _refuse_other)
    if not form.files:
        raise Empty("No file was sent. Choose one.")
    return Sent(dict(form.fields), form.files[0][1].upload)


def _refuse_other(part: Part) -> NoReturn:
    raise Malformed("The form has a file in another field than “file”.")


def _page_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not text.strip("0"):
        raise Malformed("The page is a number from 1.")
    return int(text.lstrip("0")[:_MAX_DIGITS])


def _searchable(text: str) -> str:
    """PostgreSQL takes no NUL, not even to find nothing."""
    return text.strip()[:_MAX_SEARCH].replace("\0", "")


def _cursor(position: Position) -> str:
    return urlsafe_b64encode(f"{position.created.isoformat()} {position.key}".encode()).decode().rstrip("=")


def _position(cursor: str) -> Position:
    """Opaque to clients, but not secret: it gives away nothing that its page did not."""
    try:
        created, key = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode().split(" ", 1)
        position = Position(datetime.fromisoformat(created), key)
    except ValueError:
        pass
    else:
        # At the ends of time no time zone but its own can tell it, and databases have theirs.
        is_told = position.created.tzinfo is not None and MINYEAR < position.created.year < MAXYEAR
        if is_told and key.isprintable():
            return position
    raise Malformed("The cursor is none that this list gave out. Start again without it.")
