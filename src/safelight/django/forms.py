"""The form field of an UploadField: a refusal lands at the field, in words, before anything is stored."""

from __future__ import annotations

from typing import Any

from django import forms

from safelight.errors import Refusal
from safelight.policy import EXTENSIONS, FILES, Policy

from .files import as_validation_error, check_file


class UploadFormField(forms.FileField):
    """``picture = UploadFormField(policy=AVATARS)`` in any form; its cleaned value is a `CheckedFile`."""

    def __init__(self, *, policy: Policy, **kwargs: Any) -> None:
        self.policy = policy
        super().__init__(**kwargs)

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is None:
            return None
        try:
            return check_file(file, self.policy)
        except Refusal as refusal:
            raise as_validation_error(refusal) from refusal

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        if isinstance(widget, forms.FileInput) and "accept" not in widget.attrs and (accepted := accept(self.policy)):
            attrs["accept"] = accepted
        return attrs


def accept(policy: Policy) -> str:
    """The accept attribute of a file input, for what a policy takes; empty if it takes anything."""
    if not FILES.isdisjoint(policy.types):
        return ""
    # Not every system knows the media types of documents.
    extensions = sorted(f".{EXTENSIONS[media_type]}" for media_type in policy.types if media_type in EXTENSIONS)
    return ",".join([*sorted(policy.types), *extensions])
