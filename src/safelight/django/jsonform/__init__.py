"""JSON documents with files, in the Django admin and wherever Django has forms: what django-jsonform does, with every
file verified, none lost and none left behind."""

from __future__ import annotations

from .admin import JSONFormAdminMixin
from .fields import JSONField
from .forms import JSONFormField
from .handler import file_handler
from .permissions import Permissions, StaffPermissions
from .widgets import JSONFormWidget

__all__ = [
    "JSONField",
    "JSONFormAdminMixin",
    "JSONFormField",
    "JSONFormWidget",
    "Permissions",
    "StaffPermissions",
    "file_handler",
]
