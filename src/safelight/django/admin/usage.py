"""What the media library tells of many files at once: where each is used and who sent it, by a few queries for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import router
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from safelight.blob import State

from .. import models
from ..places import Place, how_often, places_of, shown_to

_HELD = Exists(models.Reference.objects.filter(blob=OuterRef("pk")))
UNUSED = Q(state=State.READY, free_since__isnull=False) & ~_HELD
IN_USE = Q(state=State.READY) & (Q(free_since__isnull=True) | _HELD)
"""As far as the ledger knows. A file is free since its last release, even if others still refer to it: then it is in
use all the same."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one file: some of the places that use it and how many there are, and who sent it, with the page that shows
    him; all as far as the person who asks may know."""

    places: Sequence[Place]
    number: int
    sender: str
    sender_url: str

    @property
    def links(self) -> SafeString | str:
        if not self.number:
            return "-"
        shown = format_html_join("", "<li>{}</li>", ((_linked(place),) for place in self.places))
        more = self.number - len(self.places)
        if not more:
            return format_html('<ul class="safelight-places">{}</ul>', shown)
        return format_html('<ul class="safelight-places">{}<li>{}</li></ul>', shown, and_more(more))

    @property
    def words(self) -> str:
        """``page “About us”, body: cover; and 3 more``"""
        more = self.number - len(self.places)
        return "; ".join([*map(str, self.places), *([and_more(more)] if more else [])])


def usage_of(rows: Sequence[models.Blob], request: HttpRequest, most: int) -> dict[str, Usage]:
    """By key, with `most` places of each."""
    keys, using = [row.key for row in rows], router.db_for_write(models.Blob)
    numbers = how_often(keys, using)
    places = places_of(list(numbers), request, using, most, numbers)
    user = get_user_model()
    senders = shown_to(request, user, {row.owner for row in rows if row.owner}, router.db_for_read(user))
    return {
        row.key: Usage(places.get(row.key, ()), numbers.get(row.key, 0), *_sender(row.owner, senders)) for row in rows
    }


def and_more(number: int) -> str:
    return ngettext("and %(count)s more", "and %(count)s more", number) % {"count": f"{number:,}"}


def _sender(owner: str, senders: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Who may not see people learns no name."""
    kind = get_user_model()._meta.verbose_name
    return senders.get(owner, (f"{kind} {owner}" if owner else "-", ""))


def _linked(place: Place) -> SafeString | str:
    if not place.url:
        return str(place)
    row, _comma, column = str(place).partition(f"“{place.name}”")
    return format_html('<a href="{}">{}“{}”</a>{}', place.url, row, place.name, column)
