"""The guide's MediaModel, and documents that name its files."""

from django.core.validators import FileExtensionValidator
from django.db import models
from django.urls import reverse_lazy
from django_jsonform.models.fields import JSONField
from tests.faults.schema import LAZY_SCHEMA, SCHEMA


class MediaModel(models.Model):
    # The guide's takes anything. The validator is Django's own, so that there is something to refuse.
    file = models.FileField(validators=[FileExtensionValidator(["jpg", "jpeg", "png", "pdf"])])
    created_on = models.DateTimeField(auto_now_add=True)


class Page(models.Model):
    name = models.CharField(max_length=100)
    body = JSONField(schema=SCHEMA)


class LazyPage(models.Model):
    body = JSONField(schema=LAZY_SCHEMA, file_handler=reverse_lazy("json-file-handler"))
