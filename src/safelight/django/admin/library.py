"""The media library: all stored files in the admin, with where each is used; looked for, looked at, and deleted if
nothing uses them. Nothing is added or changed here: the rows are the ledger's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safelight.blob import State
from safelight.keys import is_ours
from safelight.words import megabytes

from ..language import said
from ..models import Blob
from ..places import MOST
from . import cells
from .deleting import DeletesUnused
from .facts import kind_of
from .filters import KindFilter, PolicyFilter, StoredFilter, UseFilter
from .usage import Usage, usage_of

if TYPE_CHECKING:
    _Paginator = Paginator[Blob]
else:
    _Paginator = Paginator

_PLACES = 3  # of one file in the list
_USE = ("preview", "condition", "used_in")
_FACTS: tuple[str, ...] = (
    *("kind", "type", "dimensions", "readable_size", "sent_as", "stored", "sender"),
    *("policy", "storage", "key", "checksum", "thumbnail"),
)


class PagesByIndex(_Paginator):
    """A page is found in an index alone, and only the rows that are shown are read: one far away costs no more."""

    def page(self, number: int | str) -> Page[Blob]:
        page = super().page(number)
        keys = list(cast("QuerySet[Blob]", page.object_list).values_list("key", flat=True))
        found = Blob.objects.in_bulk(keys)
        page.object_list = [found[key] for key in keys if key in found]
        return page


class BlobAdmin(DeletesUnused):
    """Registered by itself, for whoever may view (and delete) stored files. To change it, register a subclass in its
    place: ``admin.site.unregister(Blob)``."""

    list_display = ("picture", "name", "use", "readable_size", "stored", "sender", "policy")
    list_display_links = ("picture", "name")
    sortable_by = ("readable_size", "stored")
    list_filter = (UseFilter, KindFilter, PolicyFilter, ("created", StoredFilter))
    list_per_page = 50
    search_fields = ("filename", "key")
    search_help_text = gettext_lazy("Name under which a file was sent, or key")
    ordering = ("-created", "-key")
    paginator = PagesByIndex
    show_full_result_count = False  # a second count, of everything
    show_facets = admin.ShowFacets.NEVER  # a count for each choice, all in one query that takes PostgreSQL minutes
    fieldsets = (
        (None, {"fields": _USE}),
        (gettext_lazy("Facts"), {"fields": _FACTS}),
    )
    readonly_fields = _USE + _FACTS

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(css={"all": ["safelight/admin.css"]})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Blob | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No regular expressions: a link with one could keep SQLite busy for ever with a stranger's file name."""
        return not lookup.endswith("regex") and super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Blob]:
        """Not what was never stored, nor the tombstones."""
        return super().get_queryset(request).filter(state__in=(State.READY, State.DELETING), size__isnull=False)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": _("Media library"), **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Blob], search_term: str
    ) -> tuple[QuerySet[Blob], bool]:
        if is_ours(key := search_term.strip()):
            return queryset.filter(key=key), False
        return super().get_search_results(request, queryset, search_term)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        try:
            changelist = super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:  # a date in the address that no database has
            raise IncorrectLookupParameters from error
        _remember(list(changelist.result_list), request, _PLACES)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Blob | None:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            _remember([found], request, MOST)
        return found

    # --- what is told of a file --------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, row: Blob) -> SafeString:
        return cells.picture(row)

    @admin.display(description=gettext_lazy("file"))
    def name(self, row: Blob) -> SafeString:
        return cells.name(row)

    @admin.display(description=gettext_lazy("used in"))
    def use(self, row: Blob) -> SafeString | str:
        """The places; or the state, where it says more."""
        usage = _usage(row)
        return usage.links if usage.number else cells.state(row, usage)

    @admin.display(description=gettext_lazy("size"), ordering="size")
    def readable_size(self, row: Blob) -> str:
        return cells.size(row)

    @admin.display(description=gettext_lazy("stored"), ordering="created")
    def stored(self, row: Blob) -> str:
        return cells.stored(row)

    @admin.display(description=gettext_lazy("sent by"))
    def sender(self, row: Blob) -> SafeString | str:
        return cells.sender(_usage(row))

    @admin.display(description=gettext_lazy("file"))
    def preview(self, row: Blob) -> SafeString:
        return cells.preview(row)

    @admin.display(description=gettext_lazy("state"))
    def condition(self, row: Blob) -> str:
        return cells.state(row, _usage(row))

    @admin.display(description=gettext_lazy("used in"))
    def used_in(self, row: Blob) -> SafeString | str:
        return _usage(row).links

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, row: Blob) -> str:
        return kind_of(row.media_type) or "-"

    @admin.display(description=gettext_lazy("type"))
    def type(self, row: Blob) -> str:
        return row.media_type or "-"

    @admin.display(description=gettext_lazy("dimensions"))
    def dimensions(self, row: Blob) -> str:
        return cells.dimensions(row) or "-"

    @admin.display(description=gettext_lazy("sent as"))
    def sent_as(self, row: Blob) -> str:
        return row.filename or "-"

    @admin.display(description="SHA-256")
    def checksum(self, row: Blob) -> str:
        return row.sha256 or "-"

    @admin.display(description=gettext_lazy("thumbnail"))
    def thumbnail(self, row: Blob) -> str:
        return "-" if row.thumbnail_size is None else said(megabytes(row.thumbnail_size))


def _remember(rows: Sequence[Blob], request: HttpRequest, most: int) -> None:
    """With the rows themselves: the admin's methods are given nothing else, and serve many requests at once."""
    usages = usage_of(rows, request, most)
    for row in rows:
        row.__dict__["safelight_usage"] = usages[row.key]


def _usage(row: Blob) -> Usage:
    usage: Usage = row.__dict__["safelight_usage"]
    return usage
