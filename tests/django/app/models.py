"""Rows that name files, in every way that a Django model can."""

from collections.abc import Collection, Iterator

from django.core.files.storage import storages
from django.db import models

from safelight import DOCUMENTS, FILES, KB, Policy
from safelight.django import UploadField
from safelight.django.holders import named_in_text
from safelight.django.jsonform import JSONField

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


class Motto(models.Model):
    """A key that is longer than what references name a row by."""

    text = models.CharField(max_length=300, primary_key=True)
    emblem = UploadField(policy=PICTURES)


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


def trimmed(document):
    """A pre_save_hook."""
    return document | {"title": document.get("title", "").strip()} if isinstance(document, dict) else document


STORY = {
    "type": "dict",
    "keys": {
        "title": {"type": "string", "required": True, "pattern": "^[^<>]*$"},
        "revision": {"type": "integer", "readonly": True},
        "cover": {"type": "string", "format": "file-url"},
        "logo": {"type": "string", "format": "data-url"},
        "scan": {"type": "string", "format": "data-url", "store": True},
        "gallery": {
            "type": "list",
            "items": {
                "type": "dict",
                "keys": {"picture": {"type": "string", "format": "file-url"}, "caption": {"type": "string"}},
            },
        },
        "attachment": {"type": "string", "format": "file-url", "policy": "attachments", "widget": "fileinput"},
        "words": {"type": "list", "items": {"type": "string"}, "maxItems": 5000},
    },
}


class Story(models.Model):
    """A document with files in it."""

    slug = models.CharField(max_length=50, blank=True)
    body = JSONField(schema=STORY, blank=True, default=dict, pre_save_hook=trimmed)


class Section(models.Model):
    """A document in an inline."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="sections")
    data = JSONField(
        schema={"type": "dict", "keys": {"picture": {"type": "string", "format": "file-url"}}}, blank=True, default=dict
    )


def kinds(instance: "Card") -> dict[str, object]:
    return {"type": "dict", "keys": {instance.kind: {"type": "string", "format": "file-url"}}}


class Card(models.Model):
    """Its schema depends on the row."""

    kind = models.CharField(max_length=20, default="front")
    faces = JSONField(schema=kinds, blank=True, default=dict)


class Document(models.JSONField):
    """Any string in it may be a key: the least that a field does which names many files."""

    safelight_holds = True

    def safelight_keep(self, instance: models.Model, using: str, /) -> None:
        pass

    def safelight_keys(self, value: object, instance: models.Model, /) -> dict[str, str]:
        return {"§".join(steps): text for steps, text in _strings(value)}

    def safelight_named(self, rows: models.QuerySet, keys: Collection[str], /) -> set[str]:
        return named_in_text(rows, self.attname, keys)


def _strings(value: object, *steps: str) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield steps, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from _strings(child, *steps, str(step))


class Page(models.Model):
    title = models.CharField(max_length=50, blank=True)
    body = Document(default=dict, null=True, db_column="the body")

    def __str__(self) -> str:
        return self.title


class Archive(models.Model):
    """Whose manager hides what is archived."""

    image = UploadField(policy=PICTURES, blank=True, db_index=True)
    hidden = models.BooleanField(default=False)

    class Visible(models.Manager):
        def get_queryset(self) -> models.QuerySet:
            return super().get_queryset().filter(hidden=False)

    objects = Visible()

    class Meta:
        base_manager_name = "objects"


def before_safelight(row: models.Model) -> models.Model:
    """A row with whatever name, as there are in a table that had no UploadField yet."""
    (written,) = type(row)._default_manager.bulk_create([row])
    return written
