"""Views that may be asked again: with an Idempotency-Key a request is carried out once, and answered alike.

The core decides (`safelight.idempotency`); this says who asks, what, and in which transaction. The claim is committed
before that begins, so ATOMIC_REQUESTS may not have begun one already: these views begin it themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from django.db import connections, router, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict

from safelight import idempotency
from safelight.errors import Malformed, Refusal
from safelight.http.answer import Answer, refused
from safelight.idempotency import HEADER, REFUSALS, Asked

from .fields import ledger
from .language import ACTIVE

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_View = Callable[..., Any]

T = TypeVar("T")


def idempotent(view: _View) -> _View:
    """For a view that is not async: a client that got no answer sends the same request with the same Idempotency-Key
    once more, and gets the answer that it missed. ::

        @idempotent
        def add_picture(request): ...

        path("pictures/add/", idempotent(CreateView.as_view(model=Picture, fields=["image"])))

    With the header the view runs in a transaction (of the ledger's database), which is rolled back if it fails or
    answers with a status of 400 or more; without it as ever. What a request means is told by the fields and files of a
    form, else by its body, which is read into memory as `request.body` is. What asks who may do this
    (``login_required``) stands above it, and is asked each time. Views of Django REST framework have a mixin instead:
    `safelight.django.rest_framework.Idempotent`.
    """
    if iscoroutinefunction(view):
        raise TypeError("idempotent is for views that are not async")

    @wraps(view)
    def asked_again(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        configured = partial(as_configured(view), request, *args, **kwargs)
        try:
            key = idempotency.key_of(request.method or "", request.headers.get(HEADER))
            if key is None:
                return configured()
            asked = idempotency.asked(key, who(request), request.method or "", request.path, *_meaning(request))
            return once(asked, configured)
        except UnreadablePostError:
            return _problem(Malformed("The connection broke before the whole request had come. Send it again."))
        except REFUSALS as refusal:
            return _problem(refusal)

    return without_transaction(asked_again)


def once(asked: Asked, work: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """See `safelight.idempotency.once`."""
    using = _using()
    return idempotency.once(
        ledger(using), asked, work, transaction=partial(_begun_late, using), told=_told, again=response_of
    )


def answer_once(asked: Asked, work: Callable[[], Answer]) -> Answer:
    """The same for what Safelight itself answers."""
    using = _using()
    return idempotency.answer_once(ledger(using), asked, work, partial(_begun_late, using))


def who(request: Any) -> str | None:
    """The primary key of who is signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return str(user if user.pk is None else user.pk)


def listed(fields: Any) -> Any:
    """A form's fields with all their values; what else a parser has made of a body as it is."""
    return dict(fields.lists()) if isinstance(fields, MultiValueDict) else fields


def without_transaction(view: _View) -> _View:
    """Nobody has begun a transaction when `view` is called, whatever ATOMIC_REQUESTS says."""
    view._non_atomic_requests = set(connections)  # type: ignore[attr-defined]
    return view


def as_configured(view: _View, declared: _View | None = None) -> _View:
    """`view` in the transactions in which ATOMIC_REQUESTS wants it; `declared` is what the app has decorated with its
    wishes, where that is something else."""
    exempt = getattr(declared or view, "_non_atomic_requests", ())
    for alias in connections:
        if connections.settings[alias]["ATOMIC_REQUESTS"] and alias not in exempt:
            view = transaction.atomic(alias)(view)
    return view


def in_transaction() -> bool:
    """Whether one is open already, as in a test that is rolled back."""
    return connections[_using()].in_atomic_block


@contextmanager
def _begun_late(using: str) -> Iterator[None]:
    """A transaction, which SQLite begins with its first statement. It has one writer, and would let nobody else write
    while a file is checked and stored: an upload that costs seconds is the client's to choose."""
    connection = connections[using]
    begin = ""

    def wait_for_statement(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        nonlocal begin
        if not connection.in_atomic_block:  # ours, or that of what is called after the commit
            begin = sql if sql.startswith("BEGIN") else ""
            if begin:
                return None
        elif begin:
            with connection.wrap_database_errors:
                connection.connection.execute(begin)
            begin = ""
        return execute(sql, *arguments)

    is_needed = connection.vendor == "sqlite" and not connection.in_atomic_block
    with connection.execute_wrapper(wait_for_statement) if is_needed else nullcontext(), transaction.atomic(using):
        yield


def _using() -> str:
    from .models import Request  # which cannot be imported before the apps are loaded

    return router.db_for_write(Request)


def _meaning(request: HttpRequest) -> tuple[object, ...]:
    query = listed(request.GET)
    if request.method == "POST" and request.content_type in _FORMS:
        return query, listed(request.POST), listed(request.FILES)
    return query, request.content_type, hashlib.sha256(request.body).hexdigest()


def _told(response: HttpResponseBase) -> Answer | None:
    if not isinstance(response, HttpResponse):
        return None if response.status_code < 400 else Answer(response.status_code, {})
    if callable(render := getattr(response, "render", None)):  # a TemplateResponse, which Django renders later
        render()
    return Answer(response.status_code, dict(response.items()), response.content)


def response_of(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    if not answer.body:
        del response["Content-Type"]  # which would be HTML
    return response


def _problem(refusal: Refusal) -> HttpResponse:
    return response_of(refused(refusal, ACTIVE))
