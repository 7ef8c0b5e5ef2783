"""Run by `dev.py test` in an environment that has pybase64 and nothing else: the core needs no framework."""

import base64
import importlib
import importlib.util
import pkgutil
import struct
import zlib

import safelight
from safelight.documents import Schema
from safelight.errors import Refusal
from safelight.receive import from_text
from safelight.storage import from_url
from safelight.testing import memory_safelight

ADAPTERS = {"django", "flask", "sqlalchemy"}
DECODERS = {"safelight.decode.vips", "safelight.decode.heif"}  # run in processes of their own
CLOUDS = {f"safelight.storage.{name}" for name in ("objects", "s3", "cloudinary")}  # imported when a URL names them
VALIDATION = {"safelight.documents.validation"}  # imported when a document is validated


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def refusal_of(light: safelight.Safelight, data: bytes) -> str:
    try:
        light.accept(from_text(base64.b64encode(data).decode()), safelight.Policy("any"))
    except Refusal as refusal:
        return refusal.code
    return ""


def missing_decoder(data: bytes) -> str:
    try:
        safelight.check(from_text(base64.b64encode(data).decode()), safelight.Policy("any", decode="strict"))
    except safelight.ConfigurationError as error:
        return str(error)
    return ""


def missing_validator(schema: Schema) -> str:
    try:
        schema.errors({})
    except safelight.ConfigurationError as error:
        return str(error)
    return ""


def missing_storage(url: str) -> str:
    try:
        from_url(url)
    except safelight.ConfigurationError as error:
        return str(error)
    return ""


def main() -> None:
    for framework in (
        "django",
        "rest_framework",
        "flask",
        "sqlalchemy",
        "PIL",
        "pyvips",
        "jsonschema",
        "obstore",
        "cloudinary",
    ):
        assert importlib.util.find_spec(framework) is None, f"{framework} is installed: this proves nothing"
    for module in pkgutil.walk_packages(safelight.__path__, "safelight."):
        if module.name.split(".")[1] not in ADAPTERS and module.name not in DECODERS | CLOUDS | VALIDATION:
            importlib.import_module(module.name)

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"tEXt", b"secret\0where I live")
    picture += chunk(b"IDAT", zlib.compress(b"\0\x7f")) + chunk(b"IEND", b"")
    light = memory_safelight()
    blob = light.accept(from_text(base64.b64encode(picture).decode()), safelight.Policy("any"))
    with light.storages[blob.storage].open(blob.key) as stored:
        assert b"secret" not in stored.read()
    assert refusal_of(light, picture[:-20]) == "corrupt"
    assert "safelight[images]" in missing_decoder(picture)
    plain = light.accept(from_text(base64.b64encode(picture).decode()), safelight.Policy("any", thumbnail=True))
    assert plain.thumbnail_size is None, "without a decoder a picture is kept without"
    schema = Schema.of({"type": "dict", "keys": {"cover": {"type": "string", "format": "file-url"}}})
    assert schema.keys({"cover": blob.key}) == {"cover": blob.key}
    assert "safelight[jsonform]" in missing_validator(schema)
    assert "safelight[s3]" in missing_storage("s3://bucket")
    assert "safelight[cloudinary]" in missing_storage("cloudinary://key:secret@cloud")
    print("bare core: 8 passed, 0 failed")


if __name__ == "__main__":
    main()
