"""The example's settings: everything a deployment would choose comes from the environment (see README.md)."""

import os
import re
import secrets
from pathlib import Path

import dj_database_url
from django.urls import reverse_lazy

BASE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SAFELIGHT_DATA") or BASE.parent.parent / ".data" / "recognizer").resolve()
DATA.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """One key for each data folder, readable for its owner alone."""
    path = DATA / "secret-key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *filter(None, os.environ.get("SAFELIGHT_HOSTS", "").split(","))]
ROOT_URLCONF = "recognizer.urls"
WSGI_APPLICATION = "recognizer.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # as the browser asks
TIME_ZONE = "UTC"
USE_TZ = True

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "corsheaders",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "safelight.django",
    "resolver",
    "pages",
]
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",  # around all others: an app must be able to read their errors, too
    "safelight.django.middleware.require_content_length",
    "django.middleware.security.SecurityMiddleware",
    "recognizer.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "safelight.django.middleware.answer_refusals",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "recognizer" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
try:
    DATABASES = {
        "default": dj_database_url.parse(
            os.environ.get("SAFELIGHT_DATABASE") or f"sqlite:///{DATA / 'db.sqlite3'}", conn_max_age=60
        )
    }
except ValueError as error:
    raise SystemExit(f"SAFELIGHT_DATABASE: {error}") from None
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Writers queue up instead of failing, and readers never wait for them.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL",
    }

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
SAMPLES = DATA / "samples"  # which `prepare` draws
SAMPLES.mkdir(exist_ok=True)
STATICFILES_DIRS = [("samples", SAMPLES)]
MEDIA_URL = "/media/"
STORAGES = {
    "default": {
        "BACKEND": "safelight.django.storage.UrlStorage",
        "OPTIONS": {"url": os.environ.get("SAFELIGHT_STORAGE") or (DATA / "media").as_uri()},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


def _setting(name: str, default: str, pattern: str, meaning: str, example: str = "") -> str:
    value = os.environ.get(name) or default
    if not re.fullmatch(pattern, value):
        raise SystemExit(f"{name}: {value!r} is not {meaning} (for example {example or default}).")
    return value


MAX_BYTES = int(_setting("SAFELIGHT_MAX_BYTES", "20000000", r"[1-9]\d*", "a number of bytes"))
MAX_PIXELS = int(_setting("SAFELIGHT_MAX_PIXELS", "50000000", r"[1-9]\d*", "a number of pixels"))
SEED = _setting("SAFELIGHT_SEED", "on", r"on|off", "on or off") == "on"
DECODE = _setting("SAFELIGHT_DECODE", "structure", r"structure|strict", "structure or strict")
UPLOAD_RATE = _setting("SAFELIGHT_UPLOAD_RATE", "60/min", r"off|[1-9]\d*/(s|sec|m|min|h|hour|d|day)", "a rate or off")

# A page from another origin may use the API and read its answers if its origin is listed; "null" is a page out of a
# file, but also any page in a sandboxed frame. None of them may use cookies: a browser in which somebody is logged in
# to the admin would act as staff for whoever wrote the page. Who has to be known sends a token.
_DEFAULT_PORTS = "https://[^,]*:443(,|$)|http://[^,]*:80(,|$)"  # which no browser names
_ORIGIN = rf"(?!{_DEFAULT_PORTS})(null|file://|[a-z][a-z0-9+.-]*://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]+)?)"
_origins = _setting(
    "SAFELIGHT_CORS",
    "",
    rf"({_ORIGIN}(, ?{_ORIGIN})*)?",
    "a list of origins as browsers send them, with commas; a wildcard would be everybody",
    "https://localhost,http://192.168.1.9:8100",
)
# As patterns: with "null" in its list of origins, corsheaders takes whatever has no scheme for it.
CORS_ALLOWED_ORIGIN_REGEXES = [rf"{re.escape(origin.strip())}\Z" for origin in _origins.split(",") if origin]
CORS_URLS_REGEX = r"^/(api|media)/"
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["Idempotency-Replayed", "Retry-After"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",  # first: it asks for 401 without a browser's dialogue
        "safelight.django.rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.BasicAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer", "recognizer.renderers.HtmlRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "safelight.django.rest_framework.JSONParser",
        "safelight.django.rest_framework.FormParser",
        "safelight.django.rest_framework.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "resolver.pagination.Pages",
    "PAGE_SIZE": 20,
    "DEFAULT_SCHEMA_CLASS": "safelight.django.rest_framework.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "safelight.django.rest_framework.exception_handler",
    "DEFAULT_THROTTLE_RATES": {"upload": None if UPLOAD_RATE == "off" else UPLOAD_RATE, "login": "30/min"},
    "NUM_PROXIES": 0,  # an address is the connection's, not what X-Forwarded-For claims
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Recognizer",
    "DESCRIPTION": "Pictures of digits and operators: anybody may send one, staff review them.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_REQUEST": True,  # a picture goes in as base64 and comes out as an address
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

SAFELIGHT = {"FILE_HANDLER": reverse_lazy("json-file-handler")}
FILE_UPLOAD_HANDLERS = ["safelight.django.uploadhandler.SpoolUploadHandler"]
CSRF_FAILURE_VIEW = "safelight.django.views.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
