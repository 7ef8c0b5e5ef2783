"""``path("media/", include("safelight.django.urls"))``: stored files, delivered by Safelight."""

from __future__ import annotations

from django.urls import path

from .views import media

app_name = "safelight"
urlpatterns = [path("<path:key>", media, name="media")]
