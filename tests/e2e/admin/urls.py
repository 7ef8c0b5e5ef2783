"""The example's addresses, and a file handler for the documents among the models of tests/django."""

from django.urls import path
from tests.django.app.models import ATTACHMENTS, PICTURES

from recognizer.urls import *  # noqa: F403
from recognizer.urls import urlpatterns
from safelight.django.jsonform import file_handler

urlpatterns = [*urlpatterns, path("json-file-handler/", file_handler(PICTURES, ATTACHMENTS))]
