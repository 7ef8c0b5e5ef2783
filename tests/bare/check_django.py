"""Run by `dev.py test` in an environment that has Django and nothing else: its adapter needs neither Flask nor
SQLAlchemy, nor what other extras bring."""

import importlib
import importlib.util
import pkgutil
import tempfile

import django
from django.conf import settings

OTHER_EXTRAS = (
    "safelight.django.rest_framework",  # drf
    "safelight.django.jsonform.validation",  # jsonform, imported when a document is validated
    "safelight.django.pytest",  # pytest, and its plugin for Django
)


def main() -> None:
    for other in ("flask", "werkzeug", "sqlalchemy", "rest_framework", "PIL", "pyvips", "jsonschema"):
        assert importlib.util.find_spec(other) is None, f"{other} is installed: this proves nothing"
    with tempfile.TemporaryDirectory() as folder:
        settings.configure(
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "safelight.django"],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/db.sqlite3"}},
            MEDIA_ROOT=folder,
            MEDIA_URL="media/",
            ROOT_URLCONF="safelight.django.urls",
            SECRET_KEY="for this check",
        )
        django.setup()
        check()
    print("bare Django: 2 passed, 0 failed")


def check() -> None:
    from django.core.management import call_command
    from django.test import Client

    import safelight.django

    for module in pkgutil.walk_packages(safelight.django.__path__, "safelight.django."):
        if not module.name.startswith(OTHER_EXTRAS):
            importlib.import_module(module.name)
    call_command("migrate", verbosity=0)
    call_command("check", fail_level="ERROR")
    answer = Client(headers={"host": "localhost"}).get("/nothing.png")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


if __name__ == "__main__":
    main()
