"""The form field of an UploadField: a refusal lands at the field, in words, before anything is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from safelight.errors import Refusal, UnknownKey
from safelight.formats import names
from safelight.policy import EXTENSIONS, FILES, Policy

from .bound import UploadBoundField
from .files import as_validation_error, check_file
from .kept import Claim
from .language import said

if TYPE_CHECKING:
    from .fields import UploadField


class UploadFormField(forms.FileField):
    """``picture = UploadFormField(policy=AVATARS)`` in any form; its cleaned value is a `CheckedFile`.

    policy: what is accepted
    keep:   whether a form that is shown again, because something else in it was wrong, keeps the file: in the policy's
            storage, until the form comes back. Not where a file is only read, and nobody expects it to be stored
    column: the UploadField that it was made for, which has a storage of its own
    """

    bound_field_class = UploadBoundField

    def __init__(self, *, policy: Policy, keep: bool = True, column: UploadField | None = None, **kwargs: Any) -> None:
        self.policy, self.keep, self.column = policy, keep, column
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        if isinstance(data, Claim):
            try:
                data = data.file()
            except UnknownKey as error:
                sentence = _("The file that you sent before is not kept any more. Choose it again.")
                raise ValidationError(sentence, code="not_kept") from error
            except Refusal as refusal:
                raise as_validation_error(refusal) from refusal
        return super().clean(data, initial)

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
