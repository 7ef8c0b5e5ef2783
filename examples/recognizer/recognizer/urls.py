"""Addresses: the pages, the API with its docs, the admin with what its forms send files to, and the stored files."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

from pages.policies import ATTACHMENTS, LOGOS, PICTURES
from resolver.views import ImageViewSet, TokenView, home
from safelight.django.jsonform import file_handler

router = DefaultRouter()
router.register("images", ImageViewSet, basename="image")

urlpatterns = [
    path("", home, name="home"),
    path("api/token/", TokenView.as_view(), name="token"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(template_name="recognizer/docs.html"), name="docs"),
    path("api/", include(router.urls)),
    path("pages/", include("pages.urls")),
    path("admin/", admin.site.urls),
    path("json-file-handler/", file_handler(PICTURES, LOGOS, ATTACHMENTS), name="json-file-handler"),
    path("media/", include("safelight.django.urls")),
]

handler400 = "safelight.django.views.bad_request"
handler403 = "safelight.django.views.permission_denied"
handler404 = "safelight.django.views.page_not_found"
handler500 = "safelight.django.views.server_error"
