"""`safelight_doctor` on real databases and folders: a site that is well passes, and what is wrong is told with its
remedy."""

import io
import json
import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django.utils.functional import empty
from tests.django.sweeps import store
from tests.docs.pages import DOCS, blocks
from tests.doctor.found import errors, notes, troubles, warnings

from safelight import MB, Policy
from safelight.django import models
from safelight.django.checks import check_isolation
from safelight.django.doctor import cors, deployment, intake
from safelight.django.doctor.database import DjangoDatabase
from safelight.django.ledger import DjangoLedger
from safelight.django.storage import Storages
from safelight.doctor import Level, database, examinations, summary, told
from safelight.doctor.storage import examine
from safelight.ownership import MARKER

SPOOL = "safelight.django.uploadhandler.SpoolUploadHandler"
CORS = "corsheaders.middleware.CorsMiddleware"


def doctor(*arguments: str) -> str:
    output = io.StringIO()
    call_command("safelight_doctor", *arguments, stdout=output)
    return output.getvalue()


def findings(subject: str) -> list:
    (examination,) = (each for each in examinations(deployment("default")) if each.subject == subject)
    return list(examination.findings())


def in_database() -> list:
    return list(database.examine(DjangoDatabase("default")))


def test_a_site_that_is_well(file_database, media):
    report = doctor()
    assert report.splitlines()[-1] == "All is well."
    assert "✗" not in report
    assert [line for line in report.splitlines() if not line.startswith(" ")][:-1] == [
        "Settings",
        "Database",
        "Ledger",
        "Storage 'default'",
        "Storage 'other'",
        "Storage 'ours'",
        "Temporary files",
        "Bodies",
        "Other origins",
    ]
    assert not media.exists()
    assert not models.Blob.objects.exists()
    assert not DjangoDatabase("default").side_file().intents()


def test_for_programs(file_database):
    told = json.loads(doctor("--json"))
    assert {"subject", "level", "sentence", "mend"} == set(told[0])
    assert {each["level"] for each in told} <= {"ok", "note", "warning"}


def test_what_fails(file_database, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    assert "warning." in doctor()
    with pytest.raises(CommandError, match=r"warning"):
        doctor("--fail-level=warning")


def test_a_storage_that_cannot_be_made(file_database, more_storages):
    more_storages(wrong={"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": {"url": "ftp://x"}})
    (sentence,) = errors(findings("Storage 'wrong'"))
    assert sentence.startswith("storage URL 'ftp://x': unknown scheme")
    with pytest.raises(CommandError, match="1 error"):
        doctor()


@pytest.mark.parametrize(
    ("backend", "options", "said"),
    [
        ("nowhere.Storage", {}, "No module named 'nowhere'"),
        ("django.core.files.storage.FileSystemStorage", {"folder": "x"}, "unexpected keyword argument 'folder'"),
    ],
)
def test_a_default_storage_of_others_that_cannot_be_made(
    file_database, more_storages, monkeypatch, backend, options, said
):
    monkeypatch.setattr(default_storage, "_wrapped", empty)
    more_storages(default={"BACKEND": backend, "OPTIONS": options})
    told = errors(findings("Settings"))
    assert told
    assert all(said in sentence and "(safelight.E003)" in sentence for sentence in told)
    (sentence,) = errors(findings("Storage 'default'"))
    assert re.match(f"It cannot be made: .*{said}", sentence)


def test_a_setting_that_is_wrong(file_database, settings):
    settings.SAFELIGHT = {"GRACE": "soon"}
    with pytest.raises(CommandError, match="GRACE"):
        doctor()


def test_a_database_that_is_not_there(file_database, settings):
    connection.close()
    connection.settings_dict["NAME"] = "/nonexistent/db.sqlite3"
    report = io.StringIO()
    with pytest.raises(CommandError, match="error"):
        call_command("safelight_doctor", stdout=report)
    assert "It cannot be asked: OperationalError: unable to open database file." in report.getvalue()
    assert "It was not tried: the ledger took no intent" in report.getvalue()
    assert "Mend the database first." in report.getvalue()


def test_a_migration_that_is_missing(file_database):
    call_command("migrate", "safelight", "0006", verbosity=0)
    (found,) = in_database()
    assert found.sentence == "It lacks the migration safelight.0007_lifecycle."
    assert "manage.py migrate" in found.mend


def test_a_column_that_is_missing(file_database):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE safelight_blob DROP COLUMN filename")
        cursor.execute("DROP TABLE safelight_request")
    assert errors(in_database()) == ["It lacks filename in the table safelight_blob, the table safelight_request."]


def test_a_side_file_that_cannot_be_written(file_database):
    file_database.with_name(f"{file_database.name}-safelight").mkdir()
    (sentence,) = errors(in_database())
    assert sentence == (
        "Beside an open transaction no intent can be committed: OperationalError: unable to open database file."
    )


@pytest.mark.parametrize("server", ["postgresql_database", "mariadb_database"])
def test_a_server(server, request):
    request.getfixturevalue(server)
    found = in_database()
    assert not troubles(found)
    assert "Its transactions run at READ COMMITTED." in [each.sentence for each in found]
    assert not models.Blob.objects.exists()


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_transactions_that_see_too_little(postgresql_database, level):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE app SET default_transaction_isolation = '{level}'")
    try:
        connection.close()
        assert errors(in_database()) == [
            f"Its transactions run at {level.upper()}: what is committed beside one stays invisible in it.",
            "What is committed beside an open transaction is not seen in it: uploads there fail.",
        ]
        assert not models.Blob.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER ROLE app RESET default_transaction_isolation")


def test_the_level_of_the_server(mariadb_database):
    """Django asks MariaDB for READ COMMITTED, unless it is told not to."""
    connection.settings_dict["OPTIONS"]["isolation_level"] = None
    connection.close()
    (sentence,) = errors(in_database())
    assert sentence.startswith("Its transactions run at REPEATABLE READ")
    (message,) = check_isolation(databases=["default"])
    assert (message.id, message.msg) == (
        "safelight.E007",
        "The database 'default' runs transactions at REPEATABLE READ.",
    )


def test_postgresql_that_allows_no_second_connection(postgresql_database):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE clerk LOGIN CONNECTION LIMIT 1")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk")
    owner, connection.settings_dict["USER"] = connection.settings_dict["USER"], "clerk"
    try:
        connection.close()
        (sentence,) = errors(in_database())
        assert sentence.startswith("Beside an open transaction no intent can be committed: OperationalError")
        assert 'too many connections for role "clerk"' in sentence
    finally:
        connection.close()
        connection.settings_dict["USER"] = owner
        with connection.cursor() as cursor:
            cursor.execute("DROP OWNED BY clerk")
            cursor.execute("DROP ROLE clerk")


def test_postgresql_that_is_nearly_full(postgresql_database, monkeypatch):
    monkeypatch.setattr(database, "_FEW_CONNECTIONS", 10**6)
    (sentence,) = warnings(in_database())
    assert re.match(r"Only \d+ more connections can be opened", sentence)


def test_nobody_sweeps(file_database):
    store()
    models.Blob.objects.update(free_since=timezone.now() - timedelta(days=3))
    whose, found = findings("Ledger")
    assert whose.level is Level.OK
    assert found.sentence == "No sweep seems to run: 1 file has been unused for more than 48 hours."
    assert "python manage.py safelight_sweep" in found.mend


def test_a_database_that_was_moved(file_database):
    models.Installation.objects.create(id=1, identity="5" * 36, place="somewhere else")
    found, _ = findings("Ledger")
    assert found.level is Level.WARNING
    assert found.sentence.startswith("No sweep deletes anything. This database is not where installation 555")
    assert found.mend == "It says what to do: python manage.py safelight_installation"


def test_a_storage_of_another_installation(file_database):
    store()
    storages["default"].save(MARKER, ContentFile(b"a" * 36))
    found, _ = findings("Ledger")
    assert found.level is Level.WARNING
    assert found.sentence.startswith("No sweep deletes anything in storage 'default': it is marked as that of aaa")


def test_no_tables_at_all(file_database):
    call_command("migrate", "safelight", "zero", verbosity=0)
    (found,) = in_database()
    assert found.sentence == "It lacks 7 migrations, from safelight.0001_initial to safelight.0007_lifecycle."


def test_policies_of_columns_views_and_handlers_are_seen(file_database):
    assert {"pictures", "papers", "attachments"} <= {policy.name for policy in deployment("default").policies}


def test_how_bodies_are_read(settings):
    settings.FILE_UPLOAD_HANDLERS = [SPOOL]
    assert {each.level for each in intake.examine([])} == {Level.OK}
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"]
    }
    (sentence,) = warnings(intake.examine(deployment("default").policies))
    assert sentence.startswith("DRF's own JSONParser read bodies into memory, 200 kB and more each")
    assert len(notes(intake.examine([]))) == 1


def test_other_origins(settings):
    assert cors.allowed() is None
    assert not troubles(cors.wiring())
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "corsheaders"]
    assert len(warnings(cors.wiring())) == 1
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, CORS]
    settings.CORS_ALLOW_ALL_ORIGINS = settings.CORS_ALLOW_CREDENTIALS = True
    assert warnings(cors.wiring()) == [
        "CommonMiddleware answers before CorsMiddleware, and those answers no other page can read."
    ]
    assert errors(findings("Other origins")) == [
        "Any page in the world may act as whoever is signed in: all origins are allowed, with cookies."
    ]
    settings.MIDDLEWARE = [CORS, *settings.MIDDLEWARE[:-1]]
    settings.CORS_ALLOW_ALL_ORIGINS, settings.CORS_ALLOWED_ORIGINS = False, ["https://app.example"]
    assert not troubles(findings("Other origins"))


def test_djangos_own_storage(file_database, more_storages, tmp_path):
    options = {"location": str(tmp_path / "files"), "base_url": "/files/"}
    more_storages(files={"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options})
    found = list(examine("files", Storages()["files"], DjangoLedger("default")))
    assert {each.level for each in found} == {Level.OK}
    assert "The storage's clock and this machine's agree." in [each.sentence for each in found]
    assert not list((tmp_path / "files").iterdir())
    assert not models.Blob.objects.exists()


def test_what_the_guide_shows(file_database, media, settings, tmp_path, monkeypatch):
    """Of the folder, the ledger and how bodies are read; the rest is as the machine is."""
    for _ in range(12):
        store()
    models.Blob.objects.update(free_since=timezone.now() - timedelta(days=3))
    media.chmod(0o777)
    monkeypatch.setattr(os, "umask", lambda mask: 0o022)
    parsers = [f"rest_framework.parsers.{name}Parser" for name in ("JSON", "Form", "MultiPart")]
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_PARSER_CLASSES": parsers}
    photos = [Policy("photos", max_bytes=20 * MB)]
    site = replace(deployment("default"), names=["default"], policies=photos, intake=lambda: intake.examine(photos))
    lines: list[str] = []
    counts = told(examinations(site), lines.append, encoding="utf-8")
    (shown,) = (block.text for block in blocks(DOCS / "how-to" / "doctor.md", "text"))
    report = [*lines, f"CommandError: {summary(counts)}"]
    assert words("\n".join(report), str(tmp_path)) == words(shown, "/srv/shop")


def words(report: str, folder: str) -> list[str]:
    """Without what another machine has otherwise: whose it is, its space, and where its temporary files are."""
    before, _, after = report.partition("Temporary files\n")
    report = before + after.partition("Bodies\n")[2]
    report = re.sub(r"\S+'s, and not", "…'s, and not", report.replace(folder, "/srv/shop"))
    return re.sub(r"[\d.,]+ GB", "… GB", report).split()
