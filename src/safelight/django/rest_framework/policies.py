"""Which strings of a body are files, and what is accepted of each: as the view's serializer says, or the view itself.

::

    class PageView(APIView):
        upload_policies = {"cover": COVERS, "gallery.*.picture": PICTURES}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from safelight.errors import ConfigurationError
from safelight.policy import Policy
from safelight.receive.body import Policies
from safelight.receive.scanner import ANY, INDEX, Path

from .fields import Base64FileField


def policies_for(view: Any, request: Request) -> Policies:
    """The policies of a request to `view`, for its body alone and for an array of such bodies (``many=True``).

    Raises `ConfigurationError` if the view needs the body to say what its serializer is: then it has to name its
    `upload_policies`.
    """
    declared: Mapping[str, Policy] | None = getattr(view, "upload_policies", None)
    if declared is not None:
        return {tuple(path.split(".")): policy for path, policy in declared.items()}
    found: dict[Path, Policy] = {}
    for path, policy in policies_of(_serializer(view, request)):
        found[path] = found[INDEX, *path] = policy
    return found


def _serializer(view: Any, request: Request) -> serializers.BaseSerializer[Any] | None:
    from rest_framework.generics import GenericAPIView  # when imported it reads the settings, which name our parsers

    chosen = getattr(type(view), "get_serializer_class", None)
    if chosen is None:
        return None
    if chosen is GenericAPIView.get_serializer_class and view.serializer_class is None:
        return None
    underlying = request._request
    if getattr(underlying, "_safelight_parsing", False):
        raise ConfigurationError(
            f"{type(view).__name__}.get_serializer_class reads request.data, which cannot be read before the "
            "serializer has said which strings are files. Say it on the view: upload_policies = {'image': POLICY}"
        )
    underlying._safelight_parsing = True  # type: ignore[attr-defined]
    try:
        serializer: serializers.BaseSerializer[Any] = view.get_serializer_class()(context=view.get_serializer_context())
    finally:
        underlying._safelight_parsing = False  # type: ignore[attr-defined]
    return serializer


def policies_of(field: Any) -> Iterator[tuple[Path, Policy]]:
    """Where a serializer (or a field of one) takes files, and what is accepted of each."""
    if isinstance(field, Base64FileField):
        if field.policy is not None:
            yield (), field.policy
    elif isinstance(field, serializers.Serializer):
        for name, child in field.fields.items():
            if not child.read_only:
                yield from (((name, *path), policy) for path, policy in policies_of(child))
    elif isinstance(field, serializers.ListSerializer | serializers.ListField):
        yield from (((INDEX, *path), policy) for path, policy in policies_of(field.child))
    elif isinstance(field, serializers.DictField):
        yield from (((ANY, *path), policy) for path, policy in policies_of(field.child))
