"""Thumbnails for pictures from before: the core makes them, Django's models say which policies ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS

from safelight import thumbnails as core
from safelight.documents import FilePlace
from safelight.errors import ConfigurationError
from safelight.policy import Policy
from safelight.thumbnails import Made

from .fields import upload_fields
from .jsonform.fields import json_fields
from .jsonform.handler import handler_at
from .ledger import stepwise
from .storage import Storages


def make_thumbnails(
    policies: Sequence[str] = (),
    using: str = DEFAULT_DB_ALIAS,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Made:
    """See `safelight.thumbnails.make_thumbnails`. `policies` are names; without any, those of all policies with
    thumbnails that a model's field or its file handler has.

    Raises `ConfigurationError`; and RuntimeError in an open transaction, in which every picture would stay locked.
    """
    ledger = stepwise("The making of thumbnails", using)
    return core.make_thumbnails(ledger, Storages(), policies, _policies(), dry_run=dry_run, progress=progress)


def _policies() -> Iterator[Policy]:
    """Of the fields of all models, and of the file handlers that their documents have."""
    for model in apps.get_models():
        yield from (field.policy for field in upload_fields(model) if field.policy)
        for column in json_fields(model):
            places: set[FilePlace | None] = {None}
            with suppress(ConfigurationError):  # a schema that asks for its row
                places |= {node.file for node in column.schema_of(None).nodes if node.file}
            for place in places:
                handler = handler_at(column.handler_url(place) or "")
                yield from handler.policies if handler else ()
