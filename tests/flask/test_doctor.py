"""``flask safelight doctor`` on an app as somebody would write it, and on what may be wrong with one."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask_cors import CORS
from tests.doctor.found import errors, notes, troubles, warnings
from tests.flask import site

from safelight.doctor import examinations
from safelight.flask import Safelight
from safelight.flask.doctor import deployment
from safelight.ledger import MemoryLedger

MakeApp = Callable[..., Flask]


def findings(app: Flask, subject: str) -> list:
    with app.app_context():
        (examination,) = (each for each in examinations(deployment(app)) if each.subject == subject)
        return list(examination.findings())


def test_an_app_that_is_well(make_app: MakeApp, tmp_path):
    app = make_app(MAX_CONTENT_LENGTH=3_000_000)
    result = app.test_cli_runner().invoke(args=["safelight", "doctor"])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[-1] == "All is well."
    assert [line for line in lines if not line.startswith(" ")][:-1] == [
        "Settings",
        "Database",
        "Ledger",
        "Storage 'default'",
        "Temporary files",
        "Bodies",
        "Other origins",
    ]
    assert not (tmp_path / "app0" / "media").exists()


def test_what_fails(make_app: MakeApp):
    app = make_app(MAX_CONTENT_LENGTH=2_100_000)  # enough for a file, and not for base64
    run = app.test_cli_runner().invoke
    assert run(args=["safelight", "doctor"]).exit_code == 0
    result = run(args=["safelight", "doctor", "--fail-level=warning"])
    assert result.exit_code == 1
    assert "1 warning." in result.output


def test_for_programs(make_app: MakeApp, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    app = make_app(SAFELIGHT_STORAGE=f"file:{tmp_path}/file", MAX_CONTENT_LENGTH=100)
    result = app.test_cli_runner().invoke(args=["safelight", "doctor", "--json"])
    assert result.exit_code == 1
    wrong = [each for each in json.loads(result.stdout) if each["level"] == "error"]
    assert [each["subject"] for each in wrong] == ["Storage 'default'", "Bodies"]
    assert wrong[0]["sentence"].startswith("It stores nothing: [Errno 20] Not a directory")


def test_tables_that_are_missing(app: Flask):
    with app.app_context():
        site.db.drop_all()
    (sentence,) = errors(findings(app, "Database"))
    assert sentence.startswith("It lacks the table safelight_blob")
    (sentence,) = errors(findings(app, "Storage 'default'"))
    assert sentence.startswith("It was not tried: the ledger took no intent")


def test_a_policy_whose_storage_there_is_not(make_app: MakeApp, tmp_path):
    app = make_app(SAFELIGHT_STORAGE={"letters": f"file:{tmp_path}/letters"})
    assert errors(findings(app, "Storage 'default'")) == ["There is no such storage, and a policy names it."]
    assert not errors(findings(app, "Storage 'letters'"))


def test_policies_of_columns_and_file_handlers_are_seen(app: Flask):
    with app.app_context():
        assert deployment(app).policies == [site.AVATARS]


@pytest.mark.parametrize(
    ("options", "level", "said"),
    [
        ({"supports_credentials": True}, errors, "Any page in the world may act as whoever is signed in"),
        ({}, notes, "Any page in the world may use the app, without cookies."),
        ({"origins": "https://app.example", "allow_headers": "X-Token"}, notes, "No page of another origin"),
    ],
)
def test_other_origins(app: Flask, options, level, said):
    CORS(app, **options)
    (sentence,) = level(findings(app, "Other origins"))
    assert sentence.startswith(said)


@pytest.mark.parametrize(("headers", "wrong"), [(["X-Token"], 1), (["Content-Type", "Idempotency-Key"], 0)])
def test_origins_that_the_config_lists(make_app: MakeApp, headers, wrong):
    app = make_app(CORS_ORIGINS=["https://app.example"], CORS_ALLOW_HEADERS=headers)
    CORS(app)
    found = findings(app, "Other origins")
    assert len(troubles(found)) == wrong
    assert "https://app.example" in found[0].sentence


def test_a_ledger_without_a_database():
    app = Flask("memory")
    ledger = MemoryLedger()
    Safelight(app, ledger=ledger, storage="memory:")
    result = app.test_cli_runner().invoke(args=["safelight", "doctor"])
    assert result.exit_code == 0, result.output
    assert "Database" not in result.output.splitlines()
    assert not ledger.intents
    assert not warnings(findings(app, "Storage 'default'"))
