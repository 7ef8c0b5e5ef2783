"""Which policies a project has, and where their files go: those of columns, of file handlers and of views with
serializers. Policies stand in code; what a view's own code asks for is not seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from inspect import unwrap
from typing import Any

from django.apps import apps
from django.core.files.storage import storages
from django.urls import URLPattern, get_resolver

from safelight.errors import ConfigurationError
from safelight.policy import Policy

from ..checks import is_ours
from ..fields import UploadField
from ..jsonform.handler import FileHandler
from ..storage import alias_of


@dataclass
class Seen:
    policies: list[Policy] = field(default_factory=list)
    storages: set[str] = field(default_factory=set)
    """By their aliases: those that files are kept in, and all others of ours."""

    @classmethod
    def in_project(cls) -> Seen:
        seen = cls(storages={alias for alias in storages.backends if is_ours(alias)})
        for model in apps.get_models():
            for column in model._meta.concrete_fields:
                if isinstance(column, UploadField) and isinstance(column.policy, Policy):
                    with suppress(ConfigurationError):  # safelight.E003
                        seen.add(column.policy, alias_of(column.storage))
        with suppress(Exception):  # addresses that cannot be imported, of which Django's own checks tell
            for view in _views(get_resolver().url_patterns):
                for policy in _of_view(view):
                    seen.add(policy, policy.storage)
        return seen

    def add(self, policy: Policy, storage: str) -> None:
        if policy not in self.policies:
            self.policies.append(policy)
        self.storages.add(storage)


def _views(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield unwrap(pattern.callback)
        else:
            yield from _views(pattern.url_patterns)


def _of_view(view: Any) -> Iterator[Policy]:
    if isinstance(view, FileHandler):
        yield from view.policies
    of_class = getattr(view, "cls", None)  # DRF's views say which class they are of
    yield from (getattr(of_class, "upload_policies", None) or {}).values()
    if serializer := getattr(of_class, "serializer_class", None):
        from ..rest_framework.policies import policies_of

        with suppress(Exception):  # a serializer that needs a request to say which fields it has
            for _, policy in list(policies_of(serializer())):
                yield policy
