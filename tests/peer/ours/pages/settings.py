"""What was set up for django-jsonform, its setting and Django's own storage among it; only the field is Safelight's."""

from tests.faults.settings import *  # noqa: F403
from tests.faults.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "safelight.django", "tests.peer.guide", "tests.peer.ours.pages"]
ROOT_URLCONF = "tests.peer.ours.pages.urls"
DJANGO_JSONFORM = {"FILE_HANDLER": "/json-file-handler/"}
