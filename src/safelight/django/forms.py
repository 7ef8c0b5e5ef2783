"""The form field of an UploadField: a refusal lands at the field, in words, before anything is stored."""

from __future__ import annotations

from typing import Any

from django import forms

from safelight.errors import Refusal
from safelight.formats import names
from safelight.policy import EXTENSIONS, FILES, Policy

from .files import as_validation_error, check_file
from .language import said


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
        """What the browser's dialogue offers, and what the admin's script may say before anything is sent."""
        attrs = super().widget_attrs(widget)
        if not isinstance(widget, forms.FileInput):
            return attrs
        attrs["data-safelight-max-bytes"] = self.policy.max_bytes
        if types := chooser_types(self.policy):
            attrs["data-safelight-kinds"] = ", ".join(map(said, names(self.policy.types)))
            if "accept" not in widget.attrs:
                attrs["accept"] = types
        return attrs


def chooser_types(policy: Policy) -> str:
    """What a browser's file chooser offers first: the ``accept`` attribute. Empty if any file is accepted."""
    if not FILES.isdisjoint(policy.types):
        return ""
    # Not every system knows the media types of documents.
    extensions = sorted(f".{EXTENSIONS[media_type]}" for media_type in policy.types if media_type in EXTENSIONS)
    return ",".join([*sorted(policy.types), *extensions])
