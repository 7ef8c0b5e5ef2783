"""Documents that name the files of the guide's MediaModel."""

from django.db import models
from tests.faults.schema import SCHEMA

from safelight.django.jsonform import JSONField


class Page(models.Model):
    name = models.CharField(max_length=100)
    body = JSONField(schema=SCHEMA)
