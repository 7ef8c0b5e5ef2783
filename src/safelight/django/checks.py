"""System checks: a setting that cannot work is an error with an id before the first request, not a surprise later.

safelight.E001  the SAFELIGHT setting is wrong
safelight.E002  an UploadField's policy is not a Policy
safelight.E003  an UploadField's storage is not in STORAGES, or cannot be made
safelight.E004  an UploadField's storage overwrites files
safelight.E005  keys made from upload_to would not be valid, or not fit into the column
safelight.E006  width_field or height_field cannot be filled
safelight.E007  the database isolates transactions so strictly that an intent committed beside one stays invisible
safelight.E008  "safelight.django" is not in INSTALLED_APPS
safelight.E009  an UploadField's policy needs a decoder that is not installed, or does not start
safelight.W010  an UploadField's policy asks for thumbnails, and the decoder that makes them does not work
safelight.E010  a JSONField's schema cannot work
safelight.E011  a JSONField's schema has files that need a file handler, and none is named, or there is nothing at it
safelight.E012  a JSONField's schema names a policy that its file handler does not have
safelight.W013  a ModelAdmin shows a JSONField without JSONFormAdminMixin
safelight.W014  the file handler stands in django-jsonform's setting
safelight.E015  a storage in STORAGES cannot be made of its URL, refuses its credentials, or has no such bucket
safelight.W016  a storage in STORAGES does not answer
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.core.files.storage import storages
from django.db import connections
from django.utils.module_loading import import_string

from safelight import decode
from safelight.doctor.database import isolation
from safelight.errors import ConfigurationError, StorageUnavailable
from safelight.keys import MAX_LENGTH, new_key
from safelight.policy import IMAGES, Policy
from safelight.protocols import Remote

from .conf import Settings
from .storage import Storages, UrlStorage, alias_of

if TYPE_CHECKING:
    from .fields import UploadField

_LONGEST_EXTENSION = "jpeg"


def check_settings(**_: object) -> list[checks.CheckMessage]:
    try:
        Settings.load()
    except ValueError as error:
        return [checks.Error(str(error), id="safelight.E001")]
    return []


def check_storages(**_: object) -> list[checks.CheckMessage]:
    """Asks those of ours that somebody else runs: refused credentials are better found now than by the first upload."""
    return [message for alias in storages.backends if is_ours(alias) for message in _check_alias(alias)]


def is_ours(alias: str) -> bool:
    """A backend that cannot be imported is its own error, if it is used."""
    try:
        backend = import_string(storages.backends[alias]["BACKEND"])  # type: ignore[index]  # the stubs are wrong
    except Exception:  # django-storages raises ImproperlyConfigured for a package that it lacks
        return False
    return isinstance(backend, type) and issubclass(backend, UrlStorage)


def _check_alias(alias: str) -> Iterator[checks.CheckMessage]:
    setting = f"STORAGES[{alias!r}]"
    try:
        storage = Storages()[alias]
        trouble = storage.trouble() if isinstance(storage, Remote) else None
    except ConfigurationError as error:
        yield checks.Error(f"{setting}: {error}", id="safelight.E015")
    except StorageUnavailable as error:
        reason = f"Until it does, files cannot be stored or read ({error.reason})."
        yield checks.Warning(f"{setting} does not answer.", hint=reason, id="safelight.W016")
    else:
        if trouble:
            yield checks.Error(f"{setting}: {trouble}", id="safelight.E015")


def check_isolation(databases: Sequence[str] | None = None, **_: object) -> list[checks.CheckMessage]:
    return [
        checks.Error(
            f"The database {alias!r} runs transactions at {level}.",
            hint="Remove isolation_level from OPTIONS (READ COMMITTED): an upload's intent is committed beside the "
            "transaction, which must be able to see it.",
            id="safelight.E007",
        )
        for alias in databases or ()
        if (level := _strict_isolation(alias)) is not None
    ]


def _strict_isolation(alias: str) -> str | None:
    connection = connections[alias]
    level = connection.settings_dict.get("OPTIONS", {}).get("isolation_level", "")
    if level is None and connection.vendor == "mysql":  # then it is the server's own: REPEATABLE READ by default
        from .doctor.database import DjangoDatabase  # whose neighbours read these checks

        level = isolation(DjangoDatabase(alias))
    name = str(getattr(level, "name", level)).replace("_", " ").lower()
    # psycopg counts from READ UNCOMMITTED = 1.
    name = {"3": "repeatable read", "4": "serializable"}.get(name, name)
    return name.upper() if name in ("repeatable read", "serializable") else None


def check_field(field: UploadField) -> Iterator[checks.CheckMessage]:
    if field.policy is None:
        if field.width_field or field.height_field:
            yield checks.Error("width_field and height_field need a policy.", obj=field, id="safelight.E006")
        return
    if not isinstance(field.policy, Policy):
        yield checks.Error("policy must be a safelight.Policy.", obj=field, id="safelight.E002")
        return
    if not apps.is_installed("safelight.django"):
        yield checks.Error(
            "An UploadField with a policy needs the ledger.",
            hint='Add "safelight.django" to INSTALLED_APPS and run migrate.',
            obj=field,
            id="safelight.E008",
        )
    if reason := decode.trouble(field.policy):
        yield checks.Error(reason, obj=field, id="safelight.E009")
    if reason := decode.thumbnail_trouble(field.policy):
        yield checks.Warning(reason, hint="Pictures are kept without.", obj=field, id="safelight.W010")
    yield from _check_storage(field)
    yield from _check_prefix(field)
    for name in filter(None, (field.width_field, field.height_field)):
        try:
            field.model._meta.get_field(name)
        except FieldDoesNotExist:
            yield checks.Error(f"The model has no field {name!r}.", obj=field, id="safelight.E006")
    if (field.width_field or field.height_field) and field.policy.types.isdisjoint(IMAGES):
        yield checks.Error(
            f"The policy {field.policy.name!r} takes no pictures, which alone have a width and a height.",
            hint="Remove width_field and height_field.",
            obj=field,
            id="safelight.E006",
        )


def _check_storage(field: UploadField) -> Iterator[checks.CheckMessage]:
    try:
        alias_of(field.storage)
    except ConfigurationError as error:
        yield checks.Error(str(error), obj=field, id="safelight.E003")
        return
    # FileSystemStorage calls it _allow_overwrite, django-storages file_overwrite.
    if getattr(field.storage, "_allow_overwrite", False) or getattr(field.storage, "file_overwrite", False):
        yield checks.Error(
            "The storage overwrites files.",
            hint="Set allow_overwrite (Django) or file_overwrite (django-storages) to False in its OPTIONS.",
            obj=field,
            id="safelight.E004",
        )


def _check_prefix(field: UploadField) -> Iterator[checks.CheckMessage]:
    if field.max_length is not None and field.max_length < MAX_LENGTH:
        yield checks.Error(f"max_length must be at least {MAX_LENGTH}.", obj=field, id="safelight.E005")
    prefix = field.upload_to or (field.policy.prefix if field.policy else "")
    if callable(prefix):
        return
    try:
        new_key(str(prefix), _LONGEST_EXTENSION, datetime.now(UTC))
    except ValueError as error:
        yield checks.Error(f"upload_to: {error}", obj=field, id="safelight.E005")
