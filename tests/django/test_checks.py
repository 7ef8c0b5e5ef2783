"""A wrong setting is an error with an id before the first request."""

import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import checks
from django.core.files.storage import FileSystemStorage, InMemoryStorage, storages
from django.db import connections, models
from django.test.utils import isolate_apps
from tests.django.app.models import PICTURES

from safelight import IMAGES, decode
from safelight.decode import sandbox
from safelight.django import UploadField
from safelight.django.checks import check_isolation, check_settings, check_storages
from safelight.errors import StorageUnavailable
from safelight.storage import MemoryStorage

WRONG_FIELDS = {
    "E002": [{"policy": "pictures"}],
    "E003": [{"storage": InMemoryStorage()}],
    "E005": [{"max_length": 99}, {"upload_to": "../outside"}, {"upload_to": "x" * 70}, {"upload_to": "a b/"}],
    "E006": [{"width_field": "nothing"}, {"height_field": "nothing"}, {"policy": None, "width_field": "width"}],
}


def ids(field: UploadField) -> list[str]:
    with isolate_apps("tests.django.app"):

        class Thing(models.Model):
            file = field
            width = models.IntegerField(null=True)

            class Meta:
                app_label = "gallery"

        return [message.id.removeprefix("safelight.") for message in Thing._meta.get_field("file").check()]


@pytest.mark.parametrize(("expected", "options"), [(id, each) for id, list in WRONG_FIELDS.items() for each in list])
def test_a_wrong_field(expected, options):
    assert ids(UploadField(**{"policy": PICTURES, **options})) == [expected]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"policy": None},
        {"upload_to": "images/%Y/%m/%d/"},
        {"upload_to": lambda instance, filename: "../decided/when/it/is/called"},
        {"max_length": 100},
        {"storage": storages["ours"]},
        {"storage": lambda: storages["other"]},
        {"width_field": "width"},
    ],
)
def test_a_right_field(options):
    assert ids(UploadField(**{"policy": PICTURES, **options})) == []


@pytest.mark.parametrize("attribute", ["_allow_overwrite", "file_overwrite"])
def test_a_storage_that_overwrites(attribute, monkeypatch):
    storage = storages["other"]
    monkeypatch.setattr(storage, attribute, True, raising=False)
    assert ids(UploadField(policy=PICTURES, storage=storage)) == ["E004"]


def test_djangos_own_word_for_overwriting(monkeypatch):
    """The private name that the check reads is Django's."""
    overwriting = FileSystemStorage("/nonexistent", allow_overwrite=True)
    monkeypatch.setitem(storages.backends, "overwriting", {})
    monkeypatch.setitem(storages._storages, "overwriting", overwriting)
    assert ids(UploadField(policy=PICTURES, storage=overwriting)) == ["E004"]


def test_a_storage_that_cannot_be_made(monkeypatch):
    """Another alias is wrong: the message is a check's, not a traceback."""
    monkeypatch.setitem(storages.backends, "broken", {"BACKEND": "no.such.Storage"})
    assert ids(UploadField(policy=PICTURES, storage=InMemoryStorage())) == ["E003"]


def test_the_app_is_not_installed(monkeypatch):
    installed = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "safelight.django" and installed(name))
    assert ids(UploadField(policy=PICTURES)) == ["E008"]


DECODING = [
    replace(PICTURES, decode="strict"),
    replace(PICTURES, orient="apply"),
    replace(PICTURES, types=IMAGES | {"image/heic"}),
]


class TestAPolicyThatDecodes:
    @pytest.fixture(autouse=True)
    def afresh(self):
        decode._trouble.cache_clear()
        yield
        decode._trouble.cache_clear()

    @pytest.mark.parametrize("policy", DECODING)
    def test_where_its_decoder_works(self, policy):
        assert ids(UploadField(policy=policy)) == []

    @pytest.mark.parametrize("policy", DECODING)
    def test_where_it_is_not_installed(self, policy, monkeypatch):
        monkeypatch.setattr(sandbox, "is_installed", lambda package: False)
        assert ids(UploadField(policy=policy)) == ["E009"]
        assert 'pip install "safelight[' in decode.trouble(policy)

    @pytest.mark.parametrize("policy", DECODING)
    def test_where_it_does_not_start(self, policy, monkeypatch):
        """The Python package is there, the C library is not."""
        monkeypatch.setattr(sys, "path", [])
        monkeypatch.setattr(sandbox, "is_installed", lambda package: True)
        assert ids(UploadField(policy=policy)) == ["E009"]
        assert "ModuleNotFoundError" in decode.trouble(policy)

    def test_thumbnails_where_they_can_be_made(self):
        assert ids(UploadField(policy=replace(PICTURES, thumbnail=True))) == []

    def test_thumbnails_where_they_cannot_are_a_warning(self, monkeypatch):
        """Pictures are kept without, so that the site may run."""
        monkeypatch.setattr(sandbox, "is_installed", lambda package: False)
        field = UploadField(policy=replace(PICTURES, thumbnail=True))
        assert ids(field) == ["W010"]
        assert ids(UploadField(policy=replace(PICTURES, thumbnail=True, decode="strict"))) == ["E009", "W010"]
        assert 'pip install "safelight[images]"' in decode.thumbnail_trouble(field.policy)

    def test_others_need_none(self, monkeypatch):
        monkeypatch.setattr(sandbox, "is_installed", lambda package: False)
        assert ids(UploadField(policy=PICTURES)) == []


@pytest.mark.parametrize(
    "value",
    [
        *([], {"CACHE": 1}, {"CACHE_SECONDS": "3600"}, {"CACHE_SECONDS": -1}, {"CACHE_SECONDS": True}, {1: 1}),
        *({"GRACE": grace} for grace in (24, None, "", "24", "1 day", "-1h", timedelta(seconds=-1), timedelta.max)),
    ],
)
def test_wrong_settings(settings, value):
    settings.SAFELIGHT = value
    assert [message.id for message in check_settings()] == ["safelight.E001"]


def test_the_message_names_the_setting(settings):
    settings.SAFELIGHT = {"CACHE_SECOND": 1}
    assert check_settings()[0].msg == "SAFELIGHT has no setting 'CACHE_SECOND'"


@pytest.mark.parametrize("value", [{}, {"CACHE_SECONDS": 0}, {"GRACE": "0s"}, {"GRACE": timedelta(days=7)}])
def test_right_settings(settings, value):
    settings.SAFELIGHT = value
    assert check_settings() == []


@pytest.mark.parametrize("level", ["repeatable read", "SERIALIZABLE", 3, 4, "psycopg"])
def test_a_database_that_isolates_too_strictly(level, monkeypatch):
    if level == "psycopg":
        level = pytest.importorskip("psycopg").IsolationLevel.REPEATABLE_READ
    monkeypatch.setitem(connections["default"].settings_dict, "OPTIONS", {"isolation_level": level})
    assert [message.id for message in check_isolation(databases=["default"])] == ["safelight.E007"]


@pytest.mark.parametrize("options", [{}, {"isolation_level": "read committed"}, {"isolation_level": 2}])
def test_a_database_that_isolates_as_usual(options, monkeypatch):
    monkeypatch.setitem(connections["default"].settings_dict, "OPTIONS", options)
    assert check_isolation(databases=["default"]) == []


def test_the_checks_are_registered():
    found = checks.registry.registry.get_checks()
    assert check_settings in found
    assert check_isolation in checks.registry.registry.get_checks(include_deployment_checks=True)


@pytest.mark.django_db
def test_this_projects_own_models_are_right():
    assert checks.run_checks() == []


class Elsewhere(MemoryStorage):
    """A storage that somebody else runs."""

    said: str | None = None

    def trouble(self) -> str | None:
        if self.said == "down":
            raise StorageUnavailable("no route to host")
        return self.said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, []),
        ("It refuses these credentials.", [("E015", "STORAGES['far']: It refuses these credentials.")]),
        ("down", [("W016", "STORAGES['far'] does not answer.")]),
    ],
)
def test_a_storage_elsewhere_is_asked(more_storages, monkeypatch, said, expected):
    more_storages(far={"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": {"url": "memory:"}})
    far = Elsewhere()
    far.said = said
    monkeypatch.setattr(storages["far"], "inner", far)
    assert [(message.id.removeprefix("safelight."), message.msg) for message in check_storages()] == expected


def test_a_storage_url_that_cannot_work_names_its_setting(more_storages):
    typo = {"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": {"url": "s3:bucket"}}
    more_storages(typo=typo, missing={"BACKEND": "no.such.Storage"})
    (message,) = check_storages()
    assert message.id == "safelight.E015"
    assert message.msg.startswith("STORAGES['typo']: storage URL 's3:bucket': write s3://bucket/prefix")
