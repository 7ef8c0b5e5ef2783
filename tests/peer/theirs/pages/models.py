"""Documents in django-jsonform's own field: in a row of its own, and in an inline."""

from django.db import models
from django_jsonform.models.fields import JSONField
from tests.faults.schema import LAZY_SCHEMA, SCHEMA


class Page(models.Model):
    name = models.CharField(max_length=100)
    body = JSONField(schema=SCHEMA)


class Book(models.Model):
    name = models.CharField(max_length=100)


class Chapter(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)
    data = JSONField(schema=LAZY_SCHEMA, blank=True, default=dict)
