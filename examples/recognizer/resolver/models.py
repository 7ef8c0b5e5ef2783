from django.db import models
from django.utils.translation import gettext_lazy as _

from safelight.django import UploadField

from .policies import SCANS


class Image(models.Model):
    image = UploadField(_("image"), policy=SCANS, upload_to="images/%Y/%m/%d/")
    timestamp = models.DateTimeField(_("timestamp"), auto_now_add=True, db_index=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
