"""Documents that name the files of the guide's MediaModel."""

from django.db import models
from django.urls import reverse_lazy
from django_jsonform.models.fields import JSONField
from tests.faults.schema import LAZY_SCHEMA, SCHEMA


class Page(models.Model):
    name = models.CharField(max_length=100)
    body = JSONField(schema=SCHEMA)


class LazyPage(models.Model):
    body = JSONField(schema=LAZY_SCHEMA, file_handler=reverse_lazy("json-file-handler"))
