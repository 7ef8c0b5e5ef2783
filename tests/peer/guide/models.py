"""The guide's MediaModel."""

from django.core.validators import FileExtensionValidator
from django.db import models


class MediaModel(models.Model):
    # The guide's takes anything. The validator is Django's own, so that there is something to refuse.
    file = models.FileField(validators=[FileExtensionValidator(["jpg", "jpeg", "png", "pdf"])])
    created_on = models.DateTimeField(auto_now_add=True)
