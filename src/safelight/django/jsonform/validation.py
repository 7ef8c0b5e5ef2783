"""The files in a document that somebody sends: each is one that he may use, or is verified and made clean.

What stands in the stored document already may stay there, whoever sent it: a document that came from django-jsonform
names files of which the ledger knows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast
from urllib.parse import quote, unquote

import pybase64
from django.db import models, router
from django.utils.translation import gettext as _

from safelight.blob import Blob
from safelight.documents import FilePlace, FileValue, Schema
from safelight.errors import Refusal
from safelight.keys import MAX_LENGTH, is_ours
from safelight.pipeline import Checked
from safelight.policy import IMAGES, MB, Policy
from safelight.receive import from_text

from ..attempt import check
from ..language import said
from ..owners import owner_of
from .fields import JSONField
from .handler import FileHandler, handler_at

INLINE = Policy("inline", types=IMAGES, max_bytes=5 * MB)
"""What is accepted of a file inside of a document (``"format": "data-url"``) whose field has no file handler."""

# What a file handler of somebody else may call its files: an address of this site or another, or a path in a storage. A
# colon before the first slash would make a scheme of what is before it.
_ADDRESS = re.compile(r"https?://[^\s\\]+|/?[^/\\:]+(?:/[^\\]*)?")

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What not every database can store, nor any page show: NUL, and halves of surrogate pairs."""


class CheckedText(str):
    """A file as a data URL, and what has been checked of it: to be kept when the document is saved."""

    checked: Checked
    owner: str

    __slots__ = ("checked", "owner")

    def __deepcopy__(self, memo: dict[int, object]) -> CheckedText:
        """A hook may copy its document; of a temporary file there is one."""
        return self


def policy_of(field: JSONField, place: FilePlace) -> Policy:
    handler = handler_at(field.handler_url(place) or "")
    return (handler and handler.policy(place.policy)) or INLINE


@dataclass
class Inspection:
    """Of one document that `user` (None: nobody knows who) has sent for `field` of a row of `model`, in the place of
    `stored`."""

    field: JSONField
    model: type[models.Model]
    schema: Schema
    stored: Any
    user: Any

    def files(self, document: Any) -> tuple[dict[str, str], dict[str, list[str]]]:
        """What is to take the place of files, and what is wrong with others, by path."""
        before = [file for file in self.schema.files(self.stored) if file.value]
        known, unmoved = {file.value for file in before}, {(file.value, file.policy) for file in before}
        clean: dict[str, str] = {}
        errors: dict[str, list[str]] = {}
        keys: list[FileValue] = []
        for file in self.schema.files(document):
            if not file.value or file.is_misplaced:
                continue
            if file.is_key:
                if (file.value, file.policy) not in unmoved or is_ours(file.value):
                    keys.append(file)
            elif file.store or file.value not in known:
                try:
                    clean[file.path] = self._verified(file)
                except Refusal as refusal:
                    errors[file.path] = [said(refusal.detail)]
        blobs = self._blobs(keys)
        for file in keys:
            if sentence := self._objection(file, blobs.get(file.value), file.value in known):
                errors[file.path] = [sentence]
        return clean, errors

    def _verified(self, file: FileValue) -> str:
        policy = policy_of(self.field, file.place)
        if not file.store:
            with check(from_text(file.value), replace(policy, thumbnail=False)) as checked:
                return data_url(checked)
        checked = check(from_text(file.value), policy)
        text = CheckedText(data_url(checked))
        text.checked, text.owner = checked, owner_of(self.user)
        return text

    def _blobs(self, keys: list[FileValue]) -> Mapping[str, Blob]:
        from ..catalogue import DjangoCatalogue
        from ..models import Blob as Row

        return DjangoCatalogue(router.db_for_write(Row)).find({file.value for file in keys}) if keys else {}

    def _objection(self, file: FileValue, blob: Blob | None, is_known: bool) -> str | None:
        url = self.field.handler_url(file.place)
        handler = handler_at(url) if url else None
        if blob is None:
            if url and handler is None and not is_ours(file.value) and _is_address(file.value):
                return None
            return _("There is no such file. Choose another one, or send it again.")
        if handler is not None:
            policy = handler.policy(file.policy)
            if policy is None or blob.policy != policy.name:
                return _("This kind of file is not accepted here. Choose another one.")
        if is_known or self._may_use(handler, blob):
            return None
        return _("This file was sent by somebody else, and you may not use it.")

    def _may_use(self, handler: FileHandler | None, blob: Blob) -> bool:
        if self.user is None:
            return is_ours(blob.key)  # who knows a key was told it; a name from before Safelight can be guessed
        if blob.sent_by(owner_of(self.user)):
            return True
        return handler is not None and handler.permissions.may_see_all(self.user, self.model)


def data_url(checked: Checked) -> str:
    """The clean bytes in one line of text, with the cleaned name as django-jsonform writes it."""
    name = f";name={quote(checked.filename)}" if checked.filename else ""
    content = cast(BinaryIO, checked.open()).read()
    return f"data:{checked.inspection.media_type}{name};base64,{pybase64.b64encode(content).decode()}"


def unstorable(document: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Texts that are `UNSTORABLE`, and where they are; of a name, the object that has it."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, str):
            if UNSTORABLE.search(value):
                yield steps, value
        elif isinstance(value, dict):
            for name, inner in value.items():
                if UNSTORABLE.search(name):
                    yield steps, name
                waiting.append(((*steps, name), inner))
        elif isinstance(value, list):
            waiting += [((*steps, index), inner) for index, inner in enumerate(value)]


def is_path(value: str) -> bool:
    """Whether `value` may be the name of a file in a storage, from before Safelight."""
    return _is_address(value) and not value.startswith("/") and re.search(r"[\s:]", value) is None


def _is_address(value: str) -> bool:
    """Nothing that runs, and nothing that leaves its folder, however it is written."""
    plain = unquote(value)
    return (
        len(value) <= 20 * MAX_LENGTH
        and value.isprintable()
        and plain.isprintable()
        and value == value.strip()
        and _ADDRESS.fullmatch(value) is not None
        and ".." not in re.split(r"[/\\]", plain)
    )
