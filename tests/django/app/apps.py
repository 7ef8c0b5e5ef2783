from pathlib import Path

from django.apps import AppConfig


class GalleryConfig(AppConfig):
    name = "tests.django.app"
    label = "gallery"
    path = str(Path(__file__).parent)
