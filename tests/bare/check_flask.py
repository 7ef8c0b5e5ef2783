"""Run by `dev.py test` in an environment that has Flask and nothing else: its adapter needs neither Django nor
SQLAlchemy."""

import importlib
import importlib.util
import io
import pkgutil
import struct
import zlib

from flask import Flask, jsonify

import safelight
import safelight.flask
from safelight.flask import Safelight
from safelight.ledger import MemoryLedger

WITH_SQLALCHEMY = {"safelight.flask.database"}  # imported for an app that has it
PICTURES = safelight.Policy("pictures")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def missing_database() -> str:
    try:
        Safelight(Flask("no ledger"), storage="memory:")
    except safelight.ConfigurationError as error:
        return str(error)
    return ""


def main() -> None:
    for other in ("django", "rest_framework", "sqlalchemy", "flask_sqlalchemy", "PIL", "pyvips", "jsonschema"):
        assert importlib.util.find_spec(other) is None, f"{other} is installed: this proves nothing"
    for module in pkgutil.walk_packages(safelight.flask.__path__, "safelight.flask."):
        if module.name not in WITH_SQLALCHEMY:
            importlib.import_module(module.name)

    app, ledger = Flask("bare"), MemoryLedger()
    light = Safelight(app, ledger=ledger, storage="memory:")

    @app.post("/")
    def upload():
        blob = light.accept(light.receive({"picture": PICTURES}).get("picture"), PICTURES)
        return jsonify(url=light.url(blob))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x7f"))
    picture += chunk(b"IEND", b"")
    client = app.test_client()
    answer = client.post("/", data={"picture": (io.BytesIO(picture), "a.png")})
    assert answer.status_code == 200, answer.text
    assert client.get(answer.json["url"]).data == picture
    refused = client.post("/", data=b"<html>")
    assert (refused.status_code, refused.content_type) == (415, "application/problem+json")
    swept = app.test_cli_runner().invoke(args=["safelight", "sweep", "--grace", "0s"])
    assert swept.output.startswith("Deleted 1 file"), swept.output
    assert not ledger.blobs
    assert "db.init_app(app)" in missing_database()
    print("bare Flask: 5 passed, 0 failed")


if __name__ == "__main__":
    main()
