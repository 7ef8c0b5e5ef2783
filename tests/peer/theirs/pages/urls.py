"""The admin, our file handler where the guide's view was, and the files."""

from django.contrib import admin
from django.urls import include, path

from safelight import MB, Policy
from safelight.django.jsonform import file_handler

PICTURES = Policy("pictures", max_bytes=10 * MB, max_pixels=20_000_000, thumbnail=True)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("json-file-handler/", file_handler(PICTURES)),
    path("media/", include("safelight.django.urls")),
]
