"""Where a file is used, for people: the rows that refer to it, by name and with the page where they are changed, as far
as the person who asks may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import router
from django.db.models import Count, Model, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from safelight.documents.paths import in_words

from . import models

MOST = 50
"""Places that are told of one file: a logo may be in a hundred thousand rows."""
_CROWD = 1000
"""Places of one file from which on they are asked for by a query of its own, which ends with the first few."""
_ORDER = ("holder", "row", "field", "path")


@dataclass(frozen=True, slots=True)
class Place:
    """``Place("page", "About us", "/admin/pages/page/7/change/", "body", "gallery > 1 > picture")``

    `kind` is the model's name and `field` the column's, both for people; `path` is where in a document the key stands,
    counted from 1, and empty where the column is the key. `name` and `url` are empty for who may not see the row.
    """

    kind: str
    name: str = ""
    url: str = ""
    field: str = ""
    path: str = ""

    def __str__(self) -> str:
        """``page “About us”, body: gallery > 1 > picture``"""
        row = _("%(kind)s “%(name)s”") % {"kind": self.kind, "name": self.name} if self.name else self.kind
        column = ": ".join(filter(None, (self.field, self.path)))
        return ", ".join(filter(None, (row, column)))


def places(key: str, request: HttpRequest | None = None, using: str | None = None) -> list[Place]:
    """Where the file `key` is used: a query for each kind of row, not for each row. What the admin shows to the user of
    `request` has a name and a URL; the rest is told by its kind alone, and so is everything without a request."""
    return places_of([key], request, using).get(key, [])


def places_of(
    keys: Collection[str],
    request: HttpRequest | None = None,
    using: str | None = None,
    most: int = MOST,
    numbers: Mapping[str, int] | None = None,
) -> dict[str, list[Place]]:
    """The same of many files at once, `most` places of each; of those that are used anywhere. `numbers` is what
    `how_often` said of them, if it was asked."""
    if numbers is None and len(keys) > 1:
        numbers = how_often(keys, using)
    crowded = {key for key in keys if numbers is None or numbers.get(key, 0) > _CROWD}
    references = _references(using)
    found = [row for key in crowded for row in references.filter(blob_id=key).order_by(*_ORDER)[:most]]
    if others := set(keys) - crowded:
        number = Window(RowNumber(), partition_by="blob_id", order_by=_ORDER)
        few = references.filter(blob_id__in=others).annotate(number=number).filter(number__lte=most)
        found += few.order_by("blob_id", *_ORDER)
    rows_of = defaultdict(set)
    for reference in found:
        rows_of[reference.holder].add(reference.row)
    shown = {holder: shown_to(request, _model(holder), rows, references.db) for holder, rows in rows_of.items()}
    places: dict[str, list[Place]] = {}
    for reference in found:
        name, url = shown[reference.holder].get(reference.row, ("", ""))
        places.setdefault(reference.blob_id, []).append(_place(reference, name, url))
    return places


def how_often(keys: Collection[str], using: str | None = None) -> dict[str, int]:
    """In how many places each of these files is used; of those that are used anywhere."""
    counted = _references(using).filter(blob_id__in=keys).order_by().values_list("blob_id").annotate(Count("pk"))
    return dict(counted)


def _references(using: str | None) -> QuerySet[models.Reference]:
    return models.Reference.objects.using(using or router.db_for_write(models.Blob))


def _place(reference: models.Reference, name: str, url: str) -> Place:
    model, field = _model(reference.holder), reference.field
    if model is not None:
        with suppress(FieldDoesNotExist):
            field = str(getattr(model._meta.get_field(field), "verbose_name", field))
    kind = reference.holder if model is None else str(model._meta.verbose_name)
    return Place(kind, name, url, field, in_words(reference.path))


def shown_to(
    request: HttpRequest | None, model: type[Model] | None, rows: Iterable[str], using: str
) -> dict[str, tuple[str, str]]:
    """Name and URL by primary key, of those rows that the admin shows to the user of `request`."""
    if request is None or model is None or not apps.is_installed("django.contrib.admin"):
        return {}
    if not admin.site.is_registered(model):
        return {}
    page = admin.site.get_model_admin(model)
    if not page.has_view_or_change_permission(request):
        return {}
    found = page.get_queryset(request).using(using).filter(pk__in=_primary_keys(model, rows))
    return {str(row.pk): (str(row), _url(row)) for row in found if page.has_view_or_change_permission(request, row)}


def _model(holder: str) -> type[Model] | None:
    """None for what is no model any more."""
    try:
        return apps.get_model(holder)
    except (LookupError, ValueError):
        return None


def _primary_keys(model: type[Model], rows: Iterable[str]) -> list[object]:
    keys: list[object] = []
    for row in rows:
        with suppress(ValidationError):  # of a model that has got another kind of key since
            keys.append(model._meta.pk.to_python(row))
    return keys


def _url(row: Model) -> str:
    options = row._meta
    name = f"admin:{options.app_label}_{options.model_name}_change"
    try:
        return reverse(name, args=[quote(row.pk)], current_app=admin.site.name)
    except NoReverseMatch:
        return ""
