"""One contender as a Django site in one file: the same settings, view and database for all; what differs is how the
upload is received, verified and stored.

CONTENDER=safelight     a ModelSerializer on an UploadField, our parsers, our disk storage
CONTENDER=extra-fields  drf-extra-fields' Base64ImageField on an ImageField, DRF's parsers, Django's storage
CONTENDER=drf           DRF's own ImageField on an ImageField, DRF's multipart parser, Django's storage

DATA is the folder of its database and files; WARMED=1 raises glibc's thresholds as a large upload would.
"""

import os
from pathlib import Path

import django
from django.conf import settings

NAME = os.environ["CONTENDER"]
DATA = Path(os.environ["DATA"])
OURS = NAME == "safelight"

if os.environ.get("WARMED"):
    # The first free of a block of up to 32 MiB makes glibc keep blocks of that size, and twice that at the heap's end,
    # instead of giving them back to the system: what a worker comes to that has once seen such an upload.
    block = bytearray(31 << 20)
    del block

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework", *(["safelight.django"] if OURS else [])],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "db.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    MEDIA_ROOT=DATA / "media",
    MEDIA_URL="/media/",
    STORAGES={
        "default": (
            {
                "BACKEND": "safelight.django.storage.UrlStorage",
                "OPTIONS": {"url": (DATA / "media").as_uri()},
            }
            if OURS
            else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
        )
    },
    # Without this DRF's own parsers take no more than 2.5 MB of JSON; ours count only what is not a file.
    **({} if OURS else {"DATA_UPLOAD_MAX_MEMORY_SIZE": None}),
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
        **({"EXCEPTION_HANDLER": "safelight.django.rest_framework.exception_handler"} if OURS else {}),
    },
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, parsers, serializers  # noqa: E402

FOLDER = "pictures/%Y/%m/%d/"

if OURS:
    from safelight import GB, Policy
    from safelight.django import UploadField
    from safelight.django.rest_framework import FormParser, JSONParser, MultiPartParser

    column = UploadField(policy=Policy("benchmark", max_bytes=2 * GB, max_pixels=50_000_000), upload_to=FOLDER)
    parser_classes = [JSONParser, FormParser, MultiPartParser]
    fields = {}
else:
    from drf_extra_fields.fields import Base64ImageField

    column = models.ImageField(upload_to=FOLDER)
    parser_classes = [parsers.JSONParser, parsers.FormParser, parsers.MultiPartParser]
    fields = {"image": Base64ImageField()} if NAME == "extra-fields" else {}


class Picture(models.Model):
    image = column

    class Meta:
        app_label = "benchmark"


class Meta:
    model = Picture
    fields = ["pk", "image"]  # noqa: RUF012


PictureSerializer = type("PictureSerializer", (serializers.ModelSerializer,), {**fields, "Meta": Meta})


class PictureView(generics.CreateAPIView):
    queryset = Picture.objects.all()
    serializer_class = PictureSerializer
    parser_classes = parser_classes


urlpatterns = [
    path("", PictureView.as_view()),
    path("pid", lambda request: HttpResponse(str(os.getpid()))),
]
application = get_wsgi_application()


def prepare() -> None:
    """Make the database. In a process of its own, so that the workers all begin alike."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Picture)
