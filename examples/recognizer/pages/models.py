from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from safelight.django.jsonform import JSONField

from .schema import BODY


class Page(models.Model):
    title = models.CharField(_("title"), max_length=100)
    slug = models.SlugField(_("slug"), unique=True, help_text=_("The end of the page's address."))
    body = JSONField(_("body"), schema=BODY)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("page", args=[self.slug])
