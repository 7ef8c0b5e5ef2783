"""The media library's filters. What there is to choose from is found by a few steps in an index, however many files
there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from safelight.blob import State

from ..models import Blob
from .facts import kind_of
from .usage import IN_USE, UNUSED


class UseFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [("used", _("In use")), ("unused", _("Unused")), ("deleting", _("Being deleted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Blob]) -> QuerySet[Blob]:
        match self.value():
            case "used":
                return queryset.filter(IN_USE)
            case "unused":
                return queryset.filter(UNUSED)
            case "deleting":
                return queryset.filter(state=State.DELETING)
        return queryset


class _ValueFilter(admin.SimpleListFilter):
    """By a column that begins an index, and has few values."""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return sorted(((value, self.words(value)) for value in self._values()), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Blob]) -> QuerySet[Blob]:
        value = self.value()
        if value is None:
            return queryset
        # Not whatever stands in the address: PostgreSQL takes no NUL, not even to find nothing.
        known = value in dict(self.lookup_choices)
        return queryset.filter(**{str(self.parameter_name): value}) if known else queryset.none()

    def words(self, value: str) -> str:
        return value

    def _values(self) -> Iterator[str]:
        """From each value a step to the next: a DISTINCT would read all rows."""
        column = str(self.parameter_name)
        values = Blob.objects.order_by(column).values_list(column, flat=True)
        value = values.filter(**{f"{column}__gt": ""}).first()
        while value is not None:
            yield value
            value = values.filter(**{f"{column}__gt": value}).first()


class KindFilter(_ValueFilter):
    title = _("type")
    parameter_name = "media_type"

    def words(self, value: str) -> str:
        return kind_of(value)


class PolicyFilter(_ValueFilter):
    title = _("policy")
    parameter_name = "policy"


class StoredFilter(admin.DateFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("period")
