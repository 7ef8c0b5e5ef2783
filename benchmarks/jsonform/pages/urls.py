"""The admin, the guide's views, and the files."""

from django.conf import settings
from django.contrib import admin
from django.urls import path
from django.views.static import serve
from tests.peer.guide.views import autocomplete_handler, file_handler

urlpatterns = [
    path("admin/", admin.site.urls),
    path("json-file-handler/", file_handler, name="json-file-handler"),
    path("countries/", autocomplete_handler),
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
]
