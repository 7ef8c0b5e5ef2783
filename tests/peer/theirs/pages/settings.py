"""django-jsonform as it was set up, and beside it Safelight's ledger and storage."""

from tests.faults.settings import *  # noqa: F403
from tests.faults.settings import DATA, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_jsonform", "safelight.django", "tests.peer.theirs.pages"]
ROOT_URLCONF = "tests.peer.theirs.pages.urls"
STORAGES = {
    "default": {"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": {"url": (DATA / "media").as_uri()}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DJANGO_JSONFORM = {"FILE_HANDLER": "/json-file-handler/"}
