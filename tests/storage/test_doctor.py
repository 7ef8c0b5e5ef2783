"""The doctor before a real S3, as it is, and as it is with somebody else's credentials."""

import pytest
from tests.doctor.found import at, errors, troubles
from tests.flask.site import create_app, db
from tests.services.gateway import gateway
from tests.services.postgresql import postgresql

from safelight.doctor import Level
from safelight.doctor.storage import examine
from safelight.ledger import MemoryLedger
from safelight.storage import from_url

BUCKET = "safelight-doctor"


def findings(url: str) -> list:
    ledger = MemoryLedger()
    found = list(examine("default", from_url(url), ledger))
    assert not ledger.intents
    return found


def test_a_bucket_that_is_well(s3):
    found = findings(s3.url(BUCKET, "media"))
    assert not troubles(found)
    assert {
        "The storage's clock and this machine's agree.",
        f"Its addresses at {s3.endpoint.partition('://')[2]} answer with the file.",
        "Of two that create the same name at once, one is told that it is taken.",
    } <= set(at(Level.OK, found))
    assert s3.request("GET", BUCKET)[1].count("<Key>") == 0


def test_a_bucket_that_is_not_there(s3):
    (sentence,) = errors(findings(s3.url(BUCKET).replace(BUCKET, "nobodys")))
    assert sentence == "There is no bucket 'nobodys'."


def test_wrong_credentials(s3, monkeypatch):
    url = s3.url(BUCKET)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    (sentence,) = errors(findings(url))
    assert "refuses these credentials (SignatureDoesNotMatch)" in sentence


@pytest.mark.parametrize("mode", ["down", "full"])
def test_a_storage_that_does_not_answer(s3, mode):
    url = s3.url(BUCKET, timeout="2")
    with gateway(s3.endpoint) as door:
        door.become(mode)
        (sentence,) = errors(findings(url.replace(s3.endpoint, door.url)))
    assert sentence.startswith("It does not answer: ")


def test_an_app_on_postgresql_and_s3(s3, tmp_path):
    with postgresql() as url:
        app = create_app(
            tmp_path,
            SQLALCHEMY_DATABASE_URI=url.replace("postgres://", "postgresql+psycopg://"),
            SAFELIGHT_STORAGE=s3.url(BUCKET, "app"),
        )
        try:
            result = app.test_cli_runner().invoke(args=["safelight", "doctor", "--fail-level=warning"])
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
    assert result.exit_code == 0, result.output
    assert "✓ Its transactions run at READ COMMITTED." in result.output
    assert "✓ It stores a file and gives back the same bytes, also from the middle." in result.output
    assert s3.request("GET", BUCKET)[1].count("<Key>") == 0


def test_cloudinary(cloudinary_server):
    found = findings(cloudinary_server.url())
    assert not troubles(found)
    assert f"Its addresses at {cloudinary_server.address} answer with the file." in at(Level.OK, found)


def test_azure(azure):
    found = findings(azure.url("safelight-doctor"))
    assert not troubles(found)
    assert "The storage's clock and this machine's agree." in at(Level.OK, found)
