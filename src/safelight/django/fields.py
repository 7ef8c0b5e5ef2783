"""UploadField: a FileField that stores nothing unverified. In the database and in migrations it *is* a FileField."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import models, router
from django.db.models.fields.files import FieldFile, FileDescriptor

from safelight.adopt import Named
from safelight.blob import Blob
from safelight.errors import Refusal, UnknownKey
from safelight.keys import as_prefix, is_ours
from safelight.pipeline import Safelight
from safelight.policy import Policy
from safelight.receipt import Receipt
from safelight.variants import thumbnail_key

from .attempt import keep
from .conf import Settings
from .files import CheckedFile, as_validation_error, check_file
from .forms import UploadFormField
from .kept import KeptFile
from .storage import Storages, alias_of

if TYPE_CHECKING:
    from .ledger import DjangoLedger


def ledger(using: str) -> DjangoLedger:
    from .ledger import DjangoLedger  # its tables are models, which cannot be imported before the apps are loaded

    return DjangoLedger(using)


class UploadFieldFile(FieldFile):
    """The value of an UploadField: a FieldFile with the facts of the ledger, which asks the storage for bytes alone."""

    field: UploadField
    name: str
    _committed: bool
    _blob: Blob | None = None
    _unknown: str = ""  # what the ledger was asked for, and does not know
    receipt: Receipt | None = None
    """What became of the upload, where it was this very object that kept it."""

    @property
    def blob(self) -> Blob | None:
        """The facts of the stored file; None if there is none, or it was stored before Safelight came."""
        if not self or not self._committed or self.field.policy is None:
            return None
        if self._unknown == self.name:
            return None
        if self._blob is None or self._blob.key != self.name:
            try:
                self._blob = ledger(self.using).get(self.name)
            except UnknownKey:
                return None
        return self._blob

    @property
    def storage(self) -> Any:
        """The field's; while files are on the move (``SAFELIGHT["MOVING"]``), the one that the ledger says."""
        if (moving := Settings.load().moving) and alias_of(self._storage) in moving and self.blob is not None:
            return storages[self.blob.storage]
        return self._storage

    @storage.setter
    def storage(self, storage: Any) -> None:
        self._storage = storage  # by Django, when it makes a FieldFile

    @property
    def size(self) -> int:
        blob = self.blob
        return super().size if blob is None else blob.size

    @property
    def width(self) -> int | None:
        return self.blob.width if self.blob else None

    @property
    def height(self) -> int | None:
        return self.blob.height if self.blob else None

    @property
    def thumbnail_url(self) -> str | None:
        """The address of its thumbnail; None if it has none, which the ledger knows without asking the storage."""
        key = thumbnail_key(self.blob) if self.blob else None
        return None if key is None else self.storage.url(key)

    def copied(self, instance: models.Model) -> UploadFieldFile:
        """The same file for another instance."""
        twin = type(self)(instance, self.field, self.name)
        twin._blob, twin._committed = self._blob, self._committed
        if not self._committed and self.name:
            twin.file = self.file
        return twin

    def check(self) -> None:
        """Verify what was assigned and is not stored yet. Raises a `Refusal`."""
        if self and not self._committed and self.field.policy is not None:
            self.file = check_file(self.file, self.field.policy)

    def keep(self, using: str | None = None) -> None:
        """Store what was assigned, as a blob of the ledger in database `using`. Raises a `Refusal`."""
        self.check()
        content = self.file
        if not isinstance(content, CheckedFile):
            raise TypeError("only a field with a policy keeps blobs")
        field, using = self.field, using or self.using
        if isinstance(content, KeptFile) and field.takes(content, using):
            self._blob = content.blob
        else:
            self._blob = keep(
                Safelight(ledger(using), Storages()),
                content.checked,
                prefix=field.prefix(self.instance, content.checked.filename),
                storage_name=alias_of(self._storage),
            )
            self.receipt = Receipt.of(content.checked, self._blob)
        self.name, self._unknown = self._blob.key, ""
        self._committed = True
        del self.file  # the temporary file is closed; the next access opens the stored one
        setattr(self.instance, field.attname, self)  # not the name alone: the facts and the receipt would be forgotten

    def save(self, name: str | None, content: File[bytes], save: bool = True) -> None:
        """As ever: store `content` in this field, and save the row unless `save` is false. `name` is kept as a fact."""
        if self.field.policy is None:
            super().save(name or "", content, save=save)
            return
        checked = check_file(content, self.field.policy, filename=name or "")
        self.name, self.file, self._committed = checked.name or "", checked, False
        self.keep()
        if save:
            self.instance.save()

    def delete(self, save: bool = True) -> None:
        """Take the file out of the row. The bytes go when nothing refers to them any more: another row may."""
        if self.field.policy is None:
            super().delete(save=save)
            return
        if hasattr(self, "_file"):
            self.close()
            del self.file
        self.name = None  # type: ignore[assignment]
        self._committed = True
        setattr(self.instance, self.field.attname, None)
        if save:
            self.instance.save()

    @property
    def using(self) -> str:
        """The alias of the database whose ledger knows this file."""
        return router.db_for_write(type(self.instance), instance=self.instance)


class UploadFileDescriptor(FileDescriptor):
    """A copy of an instance gets a file of its own: what one of the two keeps, the other would name and release."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is not None:
            file = instance.__dict__.get(self.field.attname)
            if isinstance(file, UploadFieldFile) and file.instance is not instance:
                instance.__dict__[self.field.attname] = file.copied(instance)
        return super().__get__(instance, cls)


class UploadField(models.FileField):
    """``image = UploadField(policy=SCANS, upload_to="images/%Y/%m/%d/")``

    policy:     what is accepted. Without one this is a plain FileField
    upload_to:  where keys begin, as for a FileField (strftime directives in UTC, or a callable, whose file name is
                ignored: names are never the client's); the policy's prefix if empty
    storage:    a storage in STORAGES (``storages["scans"]``); the default one if not given
    width_field, height_field: columns that are given the picture's dimensions, and None for what is not a picture
    """

    attr_class = UploadFieldFile
    descriptor_class = UploadFileDescriptor

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        upload_to: Any = "",
        storage: Any = None,
        *,
        policy: Policy | None = None,
        width_field: str | None = None,
        height_field: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.policy = policy
        self.width_field = width_field
        self.height_field = height_field
        super().__init__(verbose_name, name, upload_to, storage, **kwargs)

    def deconstruct(self) -> Any:
        """As a FileField: a policy changes no column, and a migration must not break when Safelight is removed."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs

    def prefix(self, instance: models.Model, filename: str) -> str | None:
        """Where the key of a new file begins; None leaves it to the policy."""
        if callable(self.upload_to):
            return as_prefix(posixpath.dirname(str(self.upload_to(instance, filename or "file"))))
        return str(self.upload_to) or None

    def takes(self, file: KeptFile, using: str) -> bool:
        """Whether a file that a form has kept lies where this field would have stored it, so that nothing is left to do
        but to name it. The row, by which a callable chooses, was not there yet."""
        own, moving = alias_of(self.storage), Settings.load().moving
        there = file.blob.storage == own or {file.blob.storage, own} <= set(moving)
        return there and file.keeper.using == using and not callable(self.upload_to)

    def set_dimensions(self, instance: models.Model) -> None:
        """Fill width_field and height_field from the ledger, or empty them with the file. A file that was stored
        before Safelight has no facts: its dimensions are left as they are."""
        file = getattr(instance, self.attname)
        if not file or file.blob:
            for column, value in ((self.width_field, file.width), (self.height_field, file.height)):
                if column:
                    setattr(instance, column, value)

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        file = super().clean(value, model_instance)
        if isinstance(file, UploadFieldFile):
            try:
                file.check()
            except Refusal as refusal:
                raise as_validation_error(refusal) from refusal
        return file

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Only pass the value on: `references` keeps new files when a model is saved, `get_db_prep_save` those of
        `bulk_create`, which saves no models."""
        value = getattr(model_instance, self.attname)
        if self.policy is not None or hasattr(value, "resolve_expression"):
            return value
        return super().pre_save(model_instance, add)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, UploadFieldFile) and self.policy is not None and value and not value._committed:
            value.keep(connection.alias)
            self.set_dimensions(value.instance)
        return super().get_db_prep_save(value, connection)

    # --- a `holders.Adoptable`: one key in each value ----------------------------------------------------------------

    @property
    def safelight_holds(self) -> bool:
        return self.policy is not None

    def safelight_keep(self, instance: models.Model, using: str, /) -> None:
        file = getattr(instance, self.attname)
        if not isinstance(file, UploadFieldFile):  # a database expression
            return
        if file and not file._committed:
            file.keep(using)
        elif file and not is_ours(file.name) and file.name != self._stored_name(instance, using):
            # A string out of a request must not become the name of a file: only what is in the row already may stay.
            raise UnknownKey(file.name)
        if self.width_field or self.height_field:
            self.set_dimensions(instance)

    def safelight_keys(self, value: Any, instance: models.Model, /) -> dict[str, str]:
        name = value.name if isinstance(value, UploadFieldFile) else value
        return {"": name} if name else {}

    def safelight_files(self, instance: models.Model, /) -> Iterable[Named]:
        storage, policy = alias_of(self.storage), self.policy
        names = self.safelight_keys(getattr(instance, self.attname), instance).values()
        return [Named(name, storage, policy) for name in names] if policy is not None else []

    def safelight_named(self, rows: models.QuerySet[models.Model], keys: Collection[str], /) -> set[str]:
        return set(rows.filter(**{f"{self.attname}__in": keys}).values_list(self.attname, flat=True))

    def _stored_name(self, instance: models.Model, using: str) -> str | None:
        rows = self.model._base_manager.using(using).filter(pk=getattr(instance, self.model._meta.pk.attname))
        return rows.values_list(self.attname, flat=True).first()

    def formfield(self, **kwargs: Any) -> Any:
        if self.policy is None:
            return super().formfield(**kwargs)
        # The length of a client's file name is no reason to refuse a file: it does not become the key.
        return super().formfield(
            **{"form_class": UploadFormField, "policy": self.policy, "column": self, **kwargs, "max_length": None}
        )

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        from .checks import check_field

        return [*super().check(**kwargs), *check_field(self)]


def remember(files: Iterable[UploadFieldFile]) -> None:
    """Ask the ledger for the facts of many files at once. Of those it does not know it is not asked again."""
    groups: dict[str, list[UploadFieldFile]] = {}
    for file in files:
        groups.setdefault(file.using, []).append(file)
    for using, group in groups.items():
        found = ledger(using).find([file.name for file in group])
        for file in group:
            file._blob = found.get(file.name)
            file._unknown = "" if file._blob else file.name


def upload_fields(model: type[models.Model]) -> Sequence[UploadField]:
    """The columns of a model, inherited ones included, that Safelight keeps references for."""
    return [field for field in model._meta.concrete_fields if isinstance(field, UploadField) and field.policy]
