"""``flask safelight audit``: what passes the sessions by is told in words, and mended."""

from base64 import b64encode

from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from tests.flask import site

from safelight.flask import Safelight
from safelight.ledger import MemoryLedger


def audit(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["safelight", "audit", *options])


def sql(app: Flask, statement: str) -> None:
    with app.app_context():
        site.db.session.execute(text(statement))
        site.db.session.commit()


def test_it_says_what_differs_and_mends_it(app: Flask, client: FlaskClient, picture: bytes):
    key = client.post("/any", json={"picture": b64encode(picture).decode()}).json["key"]
    done = audit(app)
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "Looked at 3 rows, references and files.",
        "All is in order: rows, references and files agree.",
    ]
    sql(app, "UPDATE user SET picture = NULL")
    done = audit(app)
    assert done.exit_code == 1
    assert f"  {key} - user 1, picture" in done.output.splitlines()
    assert "Error: 1 difference left." in done.output
    assert audit(app, "--repair").output.splitlines()[-1] == "All of it is mended."
    assert (audit(app, "--storage", "--quiet").output, audit(app).exit_code) == ("", 0)


def test_some_at_a_time(app: Flask, client: FlaskClient, picture: bytes):
    client.post("/any", json={"picture": b64encode(picture).decode()})
    said = [audit(app, "--rotate", "1").output.splitlines()[0] for _ in range(4)]
    assert (
        said[1] == "Looked at 1 of about 3 rows, references and files; the next run goes on with references, after 1."
    )
    assert said[3].endswith("that is the end of a round, and the next run begins anew.")


def test_a_ledger_of_its_own_knows_no_rows():
    app = Flask("bare")
    app.config["SAFELIGHT_STORAGE"] = "memory:"
    Safelight(app, ledger=MemoryLedger())
    done = audit(app)
    assert done.exit_code == 1
    assert done.output == "Error: a ledger of this app's own knows no rows to be compared with\n"
