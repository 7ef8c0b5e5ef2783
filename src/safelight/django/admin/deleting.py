"""Deleting in the media library: never a row, but a file that nothing uses, as `safelight.sweep` does it, with a look
at the rows themselves before anything goes. What is in use is named, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import model_ngettext, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from safelight.blob import State
from safelight.errors import InUse, NotAllowed, UnknownKey
from safelight.keys import is_ours

from ..conf import Settings
from ..language import said
from ..models import Blob
from ..sweeping import delete_now, delete_unused
from . import cells
from .usage import IN_USE, UNUSED, and_more, usage_of

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Blob]
else:
    _ModelAdmin = admin.ModelAdmin

AT_ONCE = 500
"""Files that one request deletes: each is a call or two to its storage, and browsers do not wait for ever."""
_SHOWN = 100  # files in the list of what would be deleted
_KEPT = 20  # files that are named because they stay
_PLACES = 3  # of each of those


class DeletesUnused(_ModelAdmin):
    """A ModelAdmin of blobs, whose every way to delete leads to `safelight.django.sweeping`."""

    actions = ("delete_selected",)  # in the place of Django's own, which deletes all or nothing, and rows at that
    delete_unused_template = "admin/safelight/blob/delete_unused_confirmation.html"

    def has_delete_permission(self, request: HttpRequest, obj: Blob | None = None) -> bool:
        deletable = obj is None or (obj.state == State.READY and is_ours(obj.key))
        return super().has_delete_permission(request, obj) and deletable

    # --- one file ----------------------------------------------------------------------------------------------------

    def get_deleted_objects(
        self, objs: Sequence[Blob] | QuerySet[Blob], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        usages = usage_of(list(objs), request, _KEPT)
        protected = [usage.links for usage in usages.values() if usage.number]
        lacking = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        return [str(row) for row in objs], {str(self.opts.verbose_name_plural): len(objs)}, lacking, protected

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except InUse:  # since the page was opened, or by a row of which the ledger does not know
            self.message_user(request, _("The file is in use, and was not deleted."), messages.WARNING)
        except UnknownKey:
            self.message_user(request, _("The file is not there any more."), messages.WARNING)
        except NotAllowed as refusal:  # it is another installation's
            self.message_user(request, said(refusal.detail), messages.ERROR)
        is_there = self.get_object(request, unquote(object_id)) is not None
        return self._redirect("change", object_id) if is_there else self._redirect("changelist")

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponseRedirect:
        """To the list. Django sends who may not change what he sees there to the first page."""
        super().response_delete(request, obj_display, obj_id)
        return self._redirect("changelist")

    def delete_model(self, request: HttpRequest, obj: Blob) -> None:
        delete_now(obj.key, request)

    def delete_queryset(self, request: HttpRequest, queryset: Iterable[Blob]) -> None:
        delete_unused([row.key for row in queryset])

    # --- many --------------------------------------------------------------------------------------------------------

    @admin.action(permissions=["delete"], description=gettext_lazy("Delete unused files"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Blob]) -> HttpResponseBase | None:
        """Asks first, and then deletes what was unused when it asked: never what came since, as into a form that
        somebody else is filling in."""
        asked = _moment(request.POST.get("asked", ""))
        if not request.POST.get("post") or asked is None:
            return self._confirmation(request, queryset)
        if not self.has_delete_permission(request):
            raise PermissionDenied
        unused = queryset.filter(UNUSED, free_since__lte=asked).order_by("free_since", "key")
        rows = list(unused[:AT_ONCE])
        try:
            gone = delete_unused([row.key for row in rows])
        except NotAllowed as refusal:  # they are another installation's
            self.message_user(request, said(refusal.detail), messages.ERROR)
            return None
        deleted = [row for row in rows if row.key in gone]
        if deleted:
            self.log_deletions(request, deleted)  # type: ignore[arg-type]  # any rows, says its documentation
            names = {"count": len(deleted), "items": model_ngettext(self.opts, len(deleted))}
            self.message_user(request, _("Successfully deleted %(count)d %(items)s.") % names, messages.SUCCESS)
        stayed = [row for row in rows if row.key not in gone]
        if request.POST.get("select_across") != "1":
            stayed += queryset.filter(IN_USE)  # since the page was opened that asked
        self._tell_kept(request, stayed)
        if len(rows) == AT_ONCE and (left := unused.count()):
            self.message_user(request, _left(left), messages.INFO)
        return None

    def _redirect(self, page: str, *arguments: str) -> HttpResponseRedirect:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return HttpResponseRedirect(reverse(name, args=arguments, current_app=self.admin_site.name))

    def _confirmation(self, request: HttpRequest, queryset: QuerySet[Blob]) -> TemplateResponse:
        now = timezone.now()
        unused = queryset.filter(UNUSED).order_by("free_since", "key")
        used = queryset.filter(IN_USE).order_by("-created", "-key")
        number, kept = unused.count(), used.count()
        rows, shown = list(unused[:AT_ONCE]), list(used[:_KEPT])
        usages = usage_of(shown, request, _PLACES)
        fresh = sum(row.free_since is not None and row.free_since > now - Settings.load().grace for row in rows)
        everything = request.POST.get("select_across") == "1"
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete unused files"),
            "subtitle": None,
            "opts": self.opts,
            "media": self.media,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            # One is enough where all that the filters find is meant: the address says which.
            "keys": [row.key for row in (rows[:1] if everything else rows)],
            "select_across": "1" if everything else "0",
            "asked": now.isoformat(),
            "rows": [(row, cells.picture(row), cells.name(row)) for row in rows[:_SHOWN]],
            "number": len(rows),
            "not_shown": len(rows) - len(rows[:_SHOWN]),
            "left": _left(number - len(rows)) if number > len(rows) else "",
            "fresh": fresh,
            "kept": [(row, usages[row.key]) for row in shown],
            "kept_number": kept,
            "kept_not_shown": kept - len(shown),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.delete_unused_template, context)

    def _tell_kept(self, request: HttpRequest, rows: Sequence[Blob]) -> None:
        if not rows:
            return
        usages = usage_of(rows[:_KEPT], request, _PLACES)
        # The ledger knows no place where a row names the file that no Django model has saved: the look has found it.
        told = [
            f"{row} ({usage.words})" if usage.number else str(row) for row in rows if (usage := usages.get(row.key))
        ]
        if more := len(rows) - len(told):
            told.append(and_more(more))
        sentence = _("Kept, because they are in use: %(files)s.") % {"files": "; ".join(told)}
        self.message_user(request, sentence, messages.WARNING)


def _left(number: int) -> str:
    sentence = ngettext(
        "%(count)s more file is unused: at most %(most)d are deleted at a time.",
        "%(count)s more files are unused: at most %(most)d are deleted at a time.",
        number,
    )
    return sentence % {"count": f"{number:,}", "most": AT_ONCE}


def _moment(text: str) -> datetime | None:
    """As `isoformat` wrote it; None if somebody else did."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    # At the ends of time the database's time zone cannot tell it.
    if moment is None or not MINYEAR < moment.year < MAXYEAR:
        return None
    return moment if timezone.is_aware(moment) is settings.USE_TZ else None
