"""Files in each kind of storage that a column can have."""

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import models

from safelight import Policy
from safelight.django import UploadField

PICTURES = Policy("pictures")


class Image(models.Model):
    image = UploadField(policy=PICTURES)


class Scan(models.Model):
    page = UploadField(policy=PICTURES, storage=storages["scans"])
    cover = UploadField(policy=PICTURES, storage=lambda: storages["scans"], blank=True)
    notes = models.FileField(storage=FileSystemStorage(settings.BASE_DIR / "notes"), blank=True)
