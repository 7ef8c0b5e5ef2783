"""What names files here: a column with an index, and documents, which have none."""

from collections.abc import Collection
from typing import Any

from django.db import models

from safelight import IMAGES, MB, Policy
from safelight.django import UploadField
from safelight.django.holders import named_in_text

PHOTOS = Policy("photos", types=IMAGES, max_bytes=10 * MB)


class Documents(models.JSONField):
    """Whose keys are found by a scan of the text, as those of every JSON document."""

    safelight_holds = True

    def safelight_keep(self, instance: models.Model, using: str) -> None:
        """Nothing new comes in."""

    def safelight_keys(self, value: Any, instance: models.Model) -> dict[str, str]:
        return {str(number): key for number, key in enumerate(value)}

    def safelight_named(self, rows: models.QuerySet[Any], keys: Collection[str]) -> set[str]:
        return named_in_text(rows, self.attname, keys)


class Photo(models.Model):
    image = UploadField(policy=PHOTOS, db_index=True)


class Page(models.Model):
    body = Documents()
