"""A form that is shown again, because something else in it was wrong, keeps the file: nobody has to send it twice.

What has passed its checks is stored as a blob that nothing refers to, and the form carries its key, signed. If the form
comes back without a file, that blob is its file, and is attached with the row; if it never does, the blob expires. The
signature is good for one field and for whoever sent the file, and no longer than a sweep leaves the blob alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from uuid import uuid4

from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from safelight.blob import Blob
from safelight.errors import Refusal, UnknownKey
from safelight.pipeline import Checked, Safelight
from safelight.policy import Policy
from safelight.upload import Upload

from .attempt import check, not_storable, require_storable
from .conf import Settings
from .files import CheckedFile
from .storage import Storages

if TYPE_CHECKING:
    from .ledger import DjangoLedger


class KeptFile(CheckedFile):
    """A stored blob as the value of a form field. An `UploadField` that keeps its files in the same place names it;
    for anybody else it is a `CheckedFile`, read from the storage when its bytes are asked for."""

    def __init__(self, blob: Blob, keeper: Keeper, token: str) -> None:
        self.blob, self.keeper, self.token = blob, keeper, token
        self._stored: IO[bytes] | None = None
        # By the blob's own name another field would store a second file, which no ledger speaks for.
        name = f"{uuid4()}{PurePath(blob.key).suffix}"
        UploadedFile.__init__(self, name=name, content_type=blob.media_type, size=blob.size)

    @property
    def file(self) -> Any:
        if self._stored is None:
            self._stored = self._open()
        return self._stored

    @file.setter
    def file(self, _: object) -> None:
        """By Django, which has none to give."""

    @cached_property
    def checked(self) -> Checked:  # type: ignore[override]
        """What is stored, checked once more, to be kept in another place."""
        # What a decoder has made may be larger than what was sent.
        policy = replace(self.keeper.policy, max_bytes=max(self.keeper.policy.max_bytes, self.blob.size))
        try:
            with self._open() as stored:
                return check(Upload(cast(BinaryIO, stored), self.blob.filename, self.blob.media_type), policy)
        except Refusal as refusal:  # the row is being saved, which is too late to say so in the form
            not_storable(self.blob.sha256, refusal)
            raise

    def close(self) -> None:
        if self._stored is not None:
            self._stored.close()
        if "checked" in self.__dict__:
            self.checked.close()

    def __del__(self) -> None:
        """Fields read it, and leave it open."""
        self.close()

    def _open(self) -> IO[bytes]:
        try:
            return Storages()[self.blob.storage].open(self.blob.key)
        except FileNotFoundError:
            raise UnknownKey(self.blob.key) from None


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps the files of one field.

    field:   what it is called in the app, and not in a page: who takes a row out of a formset has the others renamed
    using:   the database whose ledger knows them
    storage, prefix: as for `Safelight.keep`
    owner:   who is asking; empty if that is not known
    """

    policy: Policy
    field: str
    using: str
    storage: str
    prefix: str | None = None
    owner: str = ""

    def keep(self, checked: Checked) -> KeptFile:
        safelight = Safelight(self._ledger(), Storages())
        blob = safelight.keep(checked, prefix=self.prefix, storage_name=self.storage, owner=self.owner)
        return KeptFile(blob, self, signing.dumps(blob.key, salt=self._salt()))

    def find(self, token: str) -> KeptFile:
        """Raises `UnknownKey` for what was not signed here, and for what is not kept any more."""
        try:
            key = signing.loads(token, salt=self._salt(), max_age=Settings.load().grace)
        except (signing.BadSignature, ValueError):  # halves of characters cannot even be compared
            raise UnknownKey(token) from None
        return KeptFile(self._ledger().get(key), self, token)

    def _salt(self) -> str:
        """Clients see the key; whatever else the signature is good for is not theirs to read."""
        return json.dumps(["safelight.kept", self.field, self.policy.name, self.using, self.owner])

    def _ledger(self) -> DjangoLedger:
        from .ledger import DjangoLedger  # its tables are models, which cannot be imported before the apps are loaded

        return DjangoLedger(self.using)


@dataclass(frozen=True, slots=True)
class Claim:
    """What comes in the place of a file: that one is kept."""

    token: str
    keeper: Keeper

    def file(self) -> KeptFile:
        """Raises `UnknownKey`, and what this attempt could not do with it."""
        file = self.keeper.find(self.token)
        require_storable(file.blob.sha256)
        return file
