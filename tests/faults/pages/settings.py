"""Our site: what Safelight's how-to pages tell to add to a project's settings."""

from tests.faults.settings import *  # noqa: F403
from tests.faults.settings import DATA, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "safelight.django", "tests.faults.pages"]
ROOT_URLCONF = "tests.faults.pages.urls"
STORAGES = {
    "default": {"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": {"url": (DATA / "media").as_uri()}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SAFELIGHT = {"FILE_HANDLER": "/json-file-handler/"}
