"""The peer's site: django-jsonform, as its guide says (https://django-jsonform.readthedocs.io/, "Uploading files")."""

from tests.faults.settings import *  # noqa: F403
from tests.faults.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_jsonform", "tests.peer.guide", "benchmarks.jsonform.pages"]
ROOT_URLCONF = "benchmarks.jsonform.pages.urls"
DJANGO_JSONFORM = {"FILE_HANDLER": "/json-file-handler/"}
