"""Who may do what with the files of JSON documents: a small object that a project can replace."""

from __future__ import annotations

from typing import Any, Protocol

from django.db import models


class Permissions(Protocol):
    """What a file handler asks. `model` is the one whose document names the files; None if a request names none."""

    def may_enter(self, user: Any, /) -> bool:
        """Whether the handler listens to `user`, who is signed in, at all. Asked before anything of a body is read."""

    def may_upload(self, user: Any, model: type[models.Model] | None, /) -> bool: ...

    def may_see_all(self, user: Any, model: type[models.Model] | None, /) -> bool:
        """Whether `user` sees and uses files that others have sent; everybody does their own."""

    def may_delete_all(self, user: Any, model: type[models.Model] | None, /) -> bool:
        """Whether `user` may delete files that others have sent; everybody may their own."""


class StaffPermissions:
    """Django's own: staff, with the model's permission to add or change, to view, and to delete."""

    def may_enter(self, user: Any, /) -> bool:
        return bool(user.is_active and user.is_staff)

    def may_upload(self, user: Any, model: type[models.Model] | None, /) -> bool:
        return _has(user, model, "add") or _has(user, model, "change")

    def may_see_all(self, user: Any, model: type[models.Model] | None, /) -> bool:
        return _has(user, model, "view") or _has(user, model, "change")

    def may_delete_all(self, user: Any, model: type[models.Model] | None, /) -> bool:
        return _has(user, model, "delete")


def _has(user: Any, model: type[models.Model] | None, action: str) -> bool:
    if model is None:
        return bool(user.is_active and user.is_superuser)
    return bool(user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}"))
