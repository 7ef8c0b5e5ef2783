"""Wiring, done once when Django is ready: checks, references, and the serializer field of an UploadField."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.core import checks as django_checks
from django.db.models import signals


class SafelightConfig(AppConfig):
    name = "safelight.django"
    label = "safelight"
    verbose_name = "Safelight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks, references
        from .jsonform import checks as jsonform_checks
        from .jsonform import legacy

        legacy.follow()
        legacy.stand_in()
        django_checks.register(checks.check_settings)
        django_checks.register(checks.check_storages)
        django_checks.register(checks.check_isolation, django_checks.Tags.database)
        django_checks.register(jsonform_checks.check_setting)
        django_checks.register(jsonform_checks.check_handlers, django_checks.Tags.urls)
        if apps.is_installed("django.contrib.admin"):
            django_checks.register(jsonform_checks.check_admin, django_checks.Tags.admin)
        for model in apps.get_models():
            references.watch(model)
        signals.class_prepared.connect(references.watch)
        if apps.is_installed("rest_framework"):
            from rest_framework.serializers import ModelSerializer

            from .fields import UploadField
            from .rest_framework.fields import Base64FileField

            ModelSerializer.serializer_field_mapping[UploadField] = Base64FileField
