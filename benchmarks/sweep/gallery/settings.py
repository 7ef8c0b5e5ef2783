"""A site with ten million pictures: its database and its folder come from the benchmark."""

import os

import dj_database_url

SECRET_KEY = "only for the benchmark"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "safelight.django", "gallery"]
DATABASES = {"default": dj_database_url.parse(os.environ["GALLERY_DATABASE"])}
STORAGES = {
    "default": {
        "BACKEND": "safelight.django.storage.UrlStorage",
        "OPTIONS": {"url": f"file://{os.environ['GALLERY_MEDIA']}"},
    }
}
