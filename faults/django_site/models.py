"""Rows that name files, in a column and in a document."""

from django.db import models
from faults.stack import SCHEMA

from safelight import MB, Policy
from safelight.django import UploadField
from safelight.django.jsonform import JSONField

PICTURES = Policy("pictures", max_bytes=2 * MB)


class Picture(models.Model):
    title = models.CharField(max_length=50, unique=True)
    image = UploadField(policy=PICTURES, upload_to="pictures")

    class Meta:
        app_label = "django_site"
        db_table = "picture"


class Page(models.Model):
    title = models.CharField(max_length=50, unique=True)
    body = JSONField(schema=SCHEMA, default=dict)

    class Meta:
        app_label = "django_site"
        db_table = "page"
