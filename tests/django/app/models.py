"""Rows that name files, in every way that a Django model can."""

from django.core.files.storage import storages
from django.db import models

from safelight import DOCUMENTS, FILES, KB, Policy
from safelight.django import UploadField

PICTURES = Policy("pictures", max_bytes=200 * KB, max_pixels=1_000_000)
PAPERS = Policy("papers", types=DOCUMENTS, max_bytes=200 * KB)
ATTACHMENTS = Policy("attachments", types=FILES, max_bytes=200 * KB)


class Picture(models.Model):
    title = models.CharField(max_length=50, blank=True)
    image = UploadField(policy=PICTURES, upload_to="images/%Y/%m/%d/")


class Portrait(models.Model):
    """A picture that need not be there, with its dimensions in columns of their own."""

    name = models.CharField(max_length=50, blank=True)
    image = UploadField(policy=PICTURES, blank=True, null=True, width_field="width", height_field="height")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)


class Plain(models.Model):
    """What Django and DRF have without Safelight."""

    document = models.FileField(upload_to="plain", blank=True)
    picture = models.ImageField(upload_to="plain", blank=True)


class Loose(models.Model):
    """An UploadField without a policy is a FileField."""

    document = UploadField(upload_to="loose", blank=True)


class Illustrated(models.Model):
    cover = UploadField(policy=PICTURES, blank=True)

    class Meta:
        abstract = True


class Article(Illustrated):
    pass


class Magazine(Picture):
    """A table of its own behind that of Picture."""

    poster = UploadField(policy=PICTURES, blank=True)


class Snapshot(Picture):
    class Meta:
        proxy = True


def by_title(instance: models.Model, filename: str) -> str:
    return f"people/{instance.name}/{filename}"


class Person(models.Model):
    name = models.CharField(max_length=50)
    photo = UploadField(policy=PICTURES, upload_to=by_title)


class Remote(models.Model):
    """Files in storages other than the default one."""

    image = UploadField(policy=PICTURES, storage=storages["other"], blank=True)
    scan = UploadField(policy=PICTURES, storage=storages["ours"], blank=True)
    report = models.FileField(storage=storages["ours"], blank=True)


class Paper(models.Model):
    """What is no picture."""

    document = UploadField(policy=PAPERS, upload_to="papers")
    attachment = UploadField(policy=ATTACHMENTS, blank=True)


class Album(models.Model):
    """No file of its own, but those of its parts."""

    title = models.CharField(max_length=50)
    opened = models.DateTimeField(null=True, blank=True)
    cover = models.ForeignKey(Picture, models.SET_NULL, null=True, blank=True)


class Shot(models.Model):
    album = models.ForeignKey(Album, models.CASCADE)
    caption = models.CharField(max_length=20, blank=True)
    image = UploadField(policy=PICTURES, blank=True)


class Sheet(models.Model):
    album = models.ForeignKey(Album, models.CASCADE)
    caption = models.CharField(max_length=20, blank=True)
    document = UploadField(policy=PAPERS)


def before_safelight(row: models.Model) -> models.Model:
    """A row with whatever name, as there are in a table that had no UploadField yet."""
    (written,) = type(row)._default_manager.bulk_create([row])
    return written
