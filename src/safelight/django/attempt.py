"""A file that could not be stored is told in the form that sent it, and nothing of what was typed is lost.

What is wrong with a file shows itself when a form is validated. That a storage is down shows itself when the row is
saved, behind everything that could still answer with the form. So the view is asked twice: when the first attempt ends
with a `Refusal`, its transaction is rolled back; in the second, `check` refuses what `keep` could not store, as it
refuses any other file, and the view says so as it says everything that is wrong. It does not get as far as saving.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path

from safelight import pipeline
from safelight.blob import Blob
from safelight.errors import Refusal
from safelight.pipeline import Checked, Safelight
from safelight.policy import Policy
from safelight.upload import Upload

from .owners import owner_of

log = logging.getLogger(__name__)


@dataclass
class Attempt:
    request: HttpRequest
    refusals: dict[str, Refusal] = field(default_factory=dict)
    """Of what could not be stored, by its SHA-256."""
    checked: list[Checked] = field(default_factory=list)

    @property
    def owner(self) -> str:
        """Who is asking, as the ledger remembers it."""
        return owner_of(getattr(self.request, "user", None))

    def let_go(self) -> None:
        """Of the temporary files, which would stay until Python gets round to the forms."""
        for checked in self.checked:
            checked.close()


_current: ContextVar[Attempt | None] = ContextVar("safelight_attempt", default=None)


def current() -> Attempt | None:
    """None outside of the views that are asked twice."""
    return _current.get()


def refusals_in_form(view: Callable[..., Any]) -> Callable[..., Any]:
    """For a view with a form, which is not async: when what it saves cannot be stored, it answers with the form and the
    sentence at the field, as for any other mistake. ::

        @refusals_in_form
        def add_picture(request): ...

        path("pictures/add/", refusals_in_form(CreateView.as_view(model=Picture, fields=["image"])))

    A POST runs in a transaction; if a `Refusal` comes out of it, it is rolled back and the view is called again. The
    second time the form is invalid. If not, a second `Refusal` is the caller's.
    """
    if iscoroutinefunction(view):
        raise TypeError("refusals_in_form is for views that are not async")

    @wraps(view)
    def asked_twice(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST" or _current.get() is not None:  # somebody further out asks twice already
            return view(request, *args, **kwargs)
        attempt = Attempt(request)
        token = _current.set(attempt)
        try:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except Refusal as refusal:
            reason = getattr(refusal, "reason", "") or refusal.detail
            log.warning("%s: %s", escape_uri_path(request.path), reason)  # a path may hold lines of the client's own
            try:
                return view(request, *args, **kwargs)
            finally:
                attempt.let_go()
        finally:
            _current.reset(token)

    return asked_twice


def check(upload: Upload, policy: Policy) -> Checked:
    """`safelight.pipeline.check`; and what this attempt could not store is refused, too."""
    checked = pipeline.check(upload, policy)
    try:
        require_storable(checked.sha256)
    except Refusal:
        checked.close()
        raise
    if attempt := _current.get():
        attempt.checked.append(checked)
    return checked


def require_storable(sha256: str) -> None:
    """Raises the `Refusal` of what this attempt could not store."""
    attempt = _current.get()
    if attempt and (refusal := attempt.refusals.get(sha256)):
        raise refusal


def not_storable(sha256: str, refusal: Refusal) -> None:
    """To be refused in the second attempt, if there is one."""
    if attempt := _current.get():
        attempt.refusals[sha256] = refusal


def keep(safelight: Safelight, checked: Checked, *, owner: str = "", **options: Any) -> Blob:
    """`safelight.keep`, for who is asking if nobody else is named. This attempt remembers what it refuses; without one
    nobody tries again."""
    attempt = _current.get()
    try:
        return safelight.keep(checked, owner=owner or (attempt.owner if attempt else ""), **options)
    except Refusal as refusal:
        not_storable(checked.sha256, refusal)
        if attempt is None:
            checked.close()
        raise
