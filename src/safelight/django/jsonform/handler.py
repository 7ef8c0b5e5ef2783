"""The file handler: the view behind a form's file inputs, which nobody has to write.

::

    path("json-file-handler/", file_handler(PAGES, ATTACHMENTS))

It translates: who is asking, and what the schema says of the place he asks for. The rest is `safelight.http.library`.
Nobody's body is read before it is known that he may send one.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.db import connections, router, transaction
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.urls import Resolver404, get_script_prefix, resolve

from safelight.errors import Malformed, NotAllowed, NotSignedIn
from safelight.http.answer import Answer, answered, in_json, nothing
from safelight.http.library import METHODS, PURPOSE, TRIGGERS, Library, Sent, received
from safelight.idempotency import HEADER, asked, key_of
from safelight.pipeline import Safelight
from safelight.policy import Policy
from safelight.receive.request import pieces

from .. import csrf
from ..fields import ledger
from ..idempotency import answer_once, response_of
from ..language import ACTIVE
from ..owners import owner_of
from ..storage import Storages
from .permissions import Permissions, StaffPermissions
from .target import Target, target

_MOST_PLACES = 5  # of one file in a list


class FileHandler:
    """A view, made by `file_handler`."""

    csrf_exempt = True  # for the middleware, which would read the whole body to find a token in it

    def __init__(
        self,
        policies: tuple[Policy, ...],
        permissions: Permissions,
        delete_on: frozenset[str],
        page_size: int,
    ) -> None:
        self.policies = policies
        self.permissions = permissions
        self.delete_on = delete_on
        self.page_size = page_size
        # For ATOMIC_REQUESTS. A body takes as long as a client likes; on SQLite no transaction that has read something
        # before may write once another one has written.
        for alias in connections:
            transaction.non_atomic_requests(alias)(self)

    def __call__(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        return response_of(
            answered(request.method, METHODS, PURPOSE, lambda: self._answer(request, self._user(request)), ACTIVE)
        )

    def policy(self, name: str | None) -> Policy | None:
        """The first, where a schema gives no name; None if there is none of that name."""
        return self.policies[0] if name is None else next((each for each in self.policies if each.name == name), None)

    def library(self) -> Library:
        from ..catalogue import DjangoCatalogue  # its tables cannot be imported before the apps are loaded

        using = _using()
        safelight = Safelight(ledger(using), Storages())
        return Library(safelight, DjangoCatalogue(using), self.policies, self.page_size, self.delete_on, ACTIVE)

    def _user(self, request: HttpRequest) -> Any:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            raise NotSignedIn
        if not self.permissions.may_enter(user):
            raise NotAllowed("You may not use these files.")
        if reason := csrf.failure(request):
            raise NotAllowed(
                "The request may not be yours: {reason} Load the page again, then try once more.", reason=reason
            )
        return user

    def _answer(self, request: HttpRequest, user: Any) -> Answer:
        if request.method == "POST":
            return self._upload(request, user)
        place = self._target(request.GET.dict())
        if request.method == "DELETE":
            return self._delete(request, user, place)
        owner = None if self.permissions.may_see_all(user, place.model) else owner_of(user)
        used_in = partial(_used_in, request)
        return in_json(self.library().page(request.GET.dict(), self._policies(place), owner, used_in))

    def _upload(self, request: HttpRequest, user: Any) -> Answer:
        key = key_of("POST", request.headers.get(HEADER))
        body = pieces(request.read, broken=(UnreadablePostError,))
        sent = received(body, request.headers.get("Content-Type", ""), self.policies)
        try:
            place = self._target(sent.fields)
            if not self.permissions.may_upload(user, place.model):
                raise NotAllowed("You may not send files for this.")
            (policy, *_) = self._policies(place)
            if key is None:
                return self._keep(sent, policy, user)
            repeatable = asked(key, owner_of(user), "POST", request.path, sent.fields, sent.upload)
            return answer_once(repeatable, lambda: self._keep(sent, policy, user))
        finally:
            sent.close()

    def _keep(self, sent: Sent, policy: Policy, user: Any) -> Answer:
        return in_json(self.library().upload(sent.upload, policy, owner_of(user)), status=201)

    def _delete(self, request: HttpRequest, user: Any, place: Target) -> Answer:
        from .. import sweeping

        using, owner = _using(), owner_of(user)
        with transaction.atomic(using):  # all of them, or none
            self.library().delete(
                request.GET.get("trigger", ""),
                request.GET.getlist("value"),
                owner=owner,
                may_all=self.permissions.may_delete_all(user, place.model),
                delete=partial(sweeping.delete_now, request=request, using=using),
                hurry=partial(sweeping.hurry, owner=owner, using=using),
            )
        return nothing()

    def _target(self, fields: dict[str, str]) -> Target:
        """Raises `NotAllowed` for a field that has its files elsewhere: permissions for its model say nothing here."""
        place = target(fields)
        if place.handler is not None and handler_at(place.handler) is not self:
            raise NotAllowed("This field has its files elsewhere.")
        return place

    def _policies(self, place: Target) -> Collection[Policy]:
        """What a file has to pass there; of no place in particular, the handler's all."""
        if place.file is None:
            return self.policies
        policy = self.policy(place.file.policy)
        if policy is None:
            raise Malformed("The schema names a policy here that its file handler does not have.")
        return (policy,)


def file_handler(
    policy: Policy,
    *more: Policy,
    permissions: Permissions | None = None,
    delete_on: Collection[str] = TRIGGERS,
    page_size: int = 30,
) -> FileHandler:
    """A view to which a form sends its files, and from which it lists and deletes them.

    policy:      what is accepted where the schema names no policy
    more:        policies that a schema may name: ``{"format": "file-url", "policy": "attachments"}``
    permissions: who may do what; staff with the model's permissions if not given
    delete_on:   what deletes files: "delete_button", "unsaved_form_page_exit", both, or neither
    page_size:   files in a page of the library
    """
    policies = (policy, *more)
    if len({each.name for each in policies}) < len(policies):
        raise ValueError("the policies of a file handler need names of their own: a schema chooses by them")
    if unknown := set(delete_on) - TRIGGERS:
        raise ValueError(f"delete_on has no {', '.join(map(repr, sorted(unknown)))}; it may have {sorted(TRIGGERS)}")
    if page_size < 1:
        raise ValueError("page_size must be 1 or more")
    return FileHandler(policies, permissions or StaffPermissions(), frozenset(delete_on), page_size)


def handler_at(url: str) -> FileHandler | None:
    """The file handler behind an address of this site; None if there is something else, which may be anyone's."""
    try:
        path = urlsplit(url).path.removeprefix(get_script_prefix().rstrip("/"))
        view = inspect.unwrap(resolve(path).func)
    except (Resolver404, ValueError):
        return None
    return view if isinstance(view, FileHandler) else None


def _used_in(request: HttpRequest, keys: Collection[str]) -> dict[str, list[str]]:
    from ..places import places_of

    return {key: list(map(str, places)) for key, places in places_of(keys, request, _using(), _MOST_PLACES).items()}


def _using() -> str:
    from ..models import Blob

    return router.db_for_write(Blob)
