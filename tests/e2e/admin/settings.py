"""Settings of the example with the models of tests/django in its admin: files that need not be there, documents,
inlines and popups. Served by `tests.e2e.admin.gallery.Gallery`."""

from recognizer.settings import *  # noqa: F403
from recognizer.settings import INSTALLED_APPS, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.django.app.apps.GalleryConfig"]
STORAGES = STORAGES | {
    "other": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "ours": {"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": {"url": "memory:"}},
}
