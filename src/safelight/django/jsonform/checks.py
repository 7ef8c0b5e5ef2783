"""System checks of documents: what would fail before an editor's eyes is an error with an id before the first request.
The ids stand in `safelight.django.checks`."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.urls import NoReverseMatch, Resolver404, resolve

from safelight.documents import FILE_URL, FilePlace
from safelight.errors import ConfigurationError

from ..conf import Settings

if TYPE_CHECKING:
    from .fields import JSONField


def _settings_work() -> bool:
    """What is wrong with them is an error of its own (safelight.E001)."""
    try:
        Settings.load()
    except ValueError:
        return False
    return True


def check_field(field: JSONField) -> Iterator[checks.CheckMessage]:
    """What can be told without a database, which is not there yet: not what a callable would return."""
    if field.schema is None or callable(field.schema):
        return
    if importlib.util.find_spec("jsonschema") is None:
        yield checks.Error(
            "A schema needs the package jsonschema.",
            hint='pip install "safelight[jsonform]"',
            obj=field,
            id="safelight.E010",
        )
    try:
        field.schema_of(None)
    except ConfigurationError as error:
        yield checks.Error(f"The schema cannot work: {error}", obj=field, id="safelight.E010")


def check_handlers(**_: Any) -> list[checks.CheckMessage]:
    """Of all fields, when the addresses are known."""
    from django.apps import apps

    from .fields import json_fields

    found: list[checks.CheckMessage] = []
    if not _settings_work():
        return found
    for field in (field for model in apps.get_models() for field in json_fields(model) if field.model is model):
        for place in _places(field):
            message = _check_place(field, place)
            if message and message not in found:
                found.append(message)
    return found


def check_setting(**_: Any) -> list[checks.CheckMessage]:
    former = getattr(settings, "DJANGO_JSONFORM", {}).get("FILE_HANDLER")
    if not former or not _settings_work() or Settings.load().file_handler:
        return []
    return [
        checks.Warning(
            'DJANGO_JSONFORM["FILE_HANDLER"] is heeded for now.',
            hint='Write SAFELIGHT = {"FILE_HANDLER": ...} instead.',
            id="safelight.W014",
        )
    ]


def check_admin(**_: Any) -> list[checks.CheckMessage]:
    from django.contrib.admin.sites import all_sites

    from .admin import shown_without_mixin

    pages = [page for site in all_sites for admin in site._registry.values() for page in (admin, *admin.inlines)]
    return [
        checks.Warning(
            f"It shows {field}, and does not know for whom.",
            hint="Let it inherit safelight.django.jsonform.JSONFormAdminMixin. Without, whoever saves a document can "
            "name any file whose key he knows, and who may only look sees JSON.",
            obj=page if isinstance(page, type) else type(page),
            id="safelight.W013",
        )
        for page in dict.fromkeys(pages)
        for field in shown_without_mixin(page)
    ]


def _places(field: JSONField) -> list[FilePlace]:
    """The places of files, as far as they are known."""
    if field.schema is None or callable(field.schema):
        return []
    try:
        return [node.file for node in field.schema_of(None).nodes if node.file]
    except ConfigurationError:  # an error of its own
        return []


def _check_place(field: JSONField, place: FilePlace) -> checks.CheckMessage | None:
    from .handler import handler_at

    try:
        url = field.handler_url(place)
    except NoReverseMatch as error:
        return checks.Error(f"The file handler has no address: {error}", obj=field, id="safelight.E011")
    if url is None:
        if place.format != FILE_URL:  # it goes with the document
            return None
        return checks.Error(
            "The schema has files, and no file handler to send them to.",
            hint='Name one: file_handler=reverse_lazy("json-file-handler"), or SAFELIGHT["FILE_HANDLER"].',
            obj=field,
            id="safelight.E011",
        )
    handler = handler_at(url)
    if handler is not None and handler.policy(place.policy) is None:
        return checks.Error(
            f"The schema names the policy {place.policy!r}, and the file handler at {url} has none of that name.",
            obj=field,
            id="safelight.E012",
        )
    if handler is None and not urlsplit(url).netloc:
        try:
            resolve(urlsplit(url).path)
        except Resolver404:
            return checks.Error(f"There is nothing at {url}, the file handler.", obj=field, id="safelight.E011")
    return None
