"""The ledger's tables: what is stored, who refers to it, whose installation it is, and what requests were answered.
Written by `safelight.django.ledger` and its parts alone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safelight import blob as core
from safelight.blob import State
from safelight.keys import MAX_LENGTH
from safelight.lengths import MAX_HOLDER, MAX_OWNER, MAX_PATH, MAX_ROW


class Blob(models.Model):
    """A stored file and its facts, or the intent to store one. `free_since` is when the last reference went (or when
    the bytes came, or, of a tombstone, when they were deleted); null while something refers to the blob. `also_in` is
    another storage in which bytes of it may lie: it is on the move, or was."""

    State = State

    key = models.CharField(primary_key=True, max_length=MAX_LENGTH)
    storage = models.CharField(max_length=64)
    also_in = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=8, default=State.INTENT)
    created = models.DateTimeField(default=timezone.now, editable=False)
    free_since = models.DateTimeField(null=True, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    filename = models.CharField(max_length=255, blank=True)
    policy = models.CharField(max_length=64, blank=True)
    owner = models.CharField(max_length=MAX_OWNER, blank=True)
    thumbnail_size = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        # Partial, so that a sweep's cost follows the few candidates and not the millions of files that are fine. The
        # first is also that of what is deleting or deleted.
        indexes = (
            models.Index(fields=["free_since"], name="safelight_blob_free", condition=Q(free_since__isnull=False)),
            models.Index(fields=["created"], name="safelight_blob_intent", condition=Q(state="intent")),
            # Whole, so that a page of a library is found without a look at the table, however far away it is. (SQLite
            # uses no partial index for a state that comes as a parameter.)
            models.Index(fields=["policy", "state", "-created", "-key"], name="safelight_blob_newest"),
            models.Index(fields=["owner", "policy", "state", "-created", "-key"], name="safelight_blob_own"),
            # The admin's list, of all policies. With all that it asks for, so that a page that is far away, and the
            # number of pages, are found in the index alone; partial, so that a sweep does not take it for its own.
            models.Index(
                fields=["-created", "-key", "state", "size"],
                name="safelight_blob_created",
                condition=Q(size__isnull=False),
            ),
            models.Index(fields=["media_type", "-created", "-key", "state", "size"], name="safelight_blob_type"),
        )

    def __str__(self) -> str:
        """The name under which it was sent; where there is none, the end of its key."""
        return self.filename or self.key.rpartition("/")[2]

    def facts(self) -> core.Blob:
        """As the core has them."""
        return core.Blob(
            key=self.key,
            storage=self.storage,
            media_type=self.media_type,
            size=self.size or 0,
            sha256=self.sha256,
            width=self.width,
            height=self.height,
            filename=self.filename,
            policy=self.policy,
            owner=self.owner,
            thumbnail_size=self.thumbnail_size,
        )


class Reference(models.Model):
    """One place that names a blob: see `safelight.Reference`."""

    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="references")
    holder = models.CharField(max_length=MAX_HOLDER)
    row = models.CharField(max_length=MAX_ROW)
    field = models.CharField(max_length=64)
    path = models.CharField(max_length=MAX_PATH, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["holder", "row", "field", "path", "blob"], name="safelight_reference_once"),
        )

    def __str__(self) -> str:
        return f"{self.holder} {self.row} {self.field} {self.path}".rstrip()


class Installation(models.Model):
    """The one row by which a ledger knows itself: see `safelight.installation`. `audited` is where an audit that goes
    on each time where the last one ended has come to."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    identity = models.CharField(max_length=36)
    place = models.CharField(max_length=255)
    audited = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return self.identity


class Request(models.Model):
    """A request with an Idempotency-Key, and how it was answered: see `safelight.idempotency`. Its `id` is made of who
    asked what under which key; `status` is null while `token`'s attempt is at work on it."""

    id = models.CharField(primary_key=True, max_length=64)
    fingerprint = models.CharField(max_length=64)
    token = models.CharField(max_length=32)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.id
