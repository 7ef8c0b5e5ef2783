from django.contrib import admin
from django.urls import include, path

from safelight.django.jsonform import file_handler

from .api import router
from .models import ATTACHMENTS, PICTURES

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
    path("json-file-handler/", file_handler(PICTURES, ATTACHMENTS, page_size=3), name="json-file-handler"),
    path("other-file-handler/", file_handler(ATTACHMENTS), name="other-file-handler"),
    path("media/", include("safelight.django.urls")),
]

handler400 = "safelight.django.views.bad_request"
handler403 = "safelight.django.views.permission_denied"
handler404 = "safelight.django.views.page_not_found"
handler500 = "safelight.django.views.server_error"
