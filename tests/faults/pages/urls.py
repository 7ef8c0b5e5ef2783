"""The admin, the file handler, countries to complete, and the files."""

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from safelight import MB, Policy
from safelight.django.jsonform import file_handler

PICTURES = Policy("pictures", max_bytes=10 * MB, max_pixels=20_000_000, thumbnail=True)


def countries(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"results": [{"title": "Australia", "value": "AU"}, {"title": "Austria", "value": "AT"}]})


urlpatterns = [
    path("admin/", admin.site.urls),
    path("json-file-handler/", file_handler(PICTURES), name="json-file-handler"),
    path("countries/", countries),
    path("media/", include("safelight.django.urls")),
]
