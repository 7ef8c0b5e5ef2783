"""What the browsable API's form for raw data begins with: JSON that would be accepted as it stands."""

from __future__ import annotations

from typing import Any

from rest_framework import renderers, serializers
from rest_framework.utils.serializer_helpers import ReturnDict

from .fields import Base64FileField
from .samples import data_url


class RawDataRenderer(renderers.JSONRenderer):
    """``JSONParser.renderer_class``, which DRF fills its form by: a tiny file in the place of each that is missing."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        rows = data if isinstance(data, list) else [data]
        for row in rows:
            if isinstance(row, ReturnDict) and row.serializer.instance is None:
                _fill(row, row.serializer)
        return super().render(data, accepted_media_type, renderer_context)


def _fill(row: Any, serializer: Any) -> None:
    for name, field in serializer.fields.items():
        if isinstance(field, Base64FileField) and field.policy and name in row:
            row[name] = row[name] or data_url(field.policy.types)
        elif isinstance(field, serializers.Serializer) and isinstance(row.get(name), dict):
            _fill(row[name], field)
