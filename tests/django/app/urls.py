from django.contrib import admin
from django.urls import include, path

from .api import router

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
    path("media/", include("safelight.django.urls")),
]

handler400 = "safelight.django.views.bad_request"
handler403 = "safelight.django.views.permission_denied"
handler404 = "safelight.django.views.page_not_found"
handler500 = "safelight.django.views.server_error"
