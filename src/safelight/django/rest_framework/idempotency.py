"""API views that may be asked again: a phone that got no answer sends the same picture with the same Idempotency-Key
once more, and gets the answer that it missed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from safelight.http.cross_site import SAFE_METHODS
from safelight.idempotency import HEADER, REFUSALS, asked, key_of

from ..idempotency import as_configured, in_transaction, listed, once, who, without_transaction
from .exceptions import as_api_exception


class Idempotent:
    """A mixin, before the view's other bases::

        class ImageCreate(Idempotent, CreateAPIView): ...

    Every method that changes something heeds the header. It is asked about when it is known who sends the request, that
    he may, and what its body says; then the method runs in a transaction of the ledger's database, and its answer is
    rendered and recorded in it. An exception or a status of 400 or more rolls it back. Without the header nothing is
    different from before, ATOMIC_REQUESTS included.
    """

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        return without_transaction(super().as_view(*args, **kwargs))  # type: ignore[misc]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        dispatch = super().dispatch  # type: ignore[misc]
        if not _is_repeatable(request) or in_transaction():
            dispatch = as_configured(dispatch, self.dispatch)
        return dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        # The last that happens before the method is called, and only if that may be: a client may name any attribute.
        method = str(request.method).lower()
        if _is_repeatable(request) and method in self.http_method_names and hasattr(self, method):  # type: ignore[attr-defined]
            setattr(self, method, partial(self._once, getattr(self, method)))

    def _once(self, method: Callable[..., Any], request: Request, *args: Any, **kwargs: Any) -> Any:
        def work() -> HttpResponseBase:
            response = method(request, *args, **kwargs)
            return self.finalize_response(request, response, *args, **kwargs)  # type: ignore[attr-defined,no-any-return]

        verb = str(request.method)
        try:
            key = key_of(verb, request.headers[HEADER])
            assert key is not None, "initial has looked"  # noqa: S101
            # In another type the answer would be another one: who asks for JSON is not given the first one's page.
            meaning = listed(request.query_params), listed(request.data), request.accepted_media_type
            return once(asked(key, who(request), verb, request.path, *meaning), as_configured(work, self.dispatch))
        except REFUSALS as refusal:
            raise as_api_exception(refusal) from refusal


def _is_repeatable(request: Any) -> bool:
    return HEADER in request.headers and request.method not in SAFE_METHODS
