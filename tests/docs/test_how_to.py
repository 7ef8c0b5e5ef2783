"""The guides that change code of one's own: what they tell people to write does what they say."""

import json
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage.handler import StorageHandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.test import RequestFactory
from rest_framework.test import APIClient
from tests.django.app.models import Picture
from tests.docs.pages import DOCS, blocks, file
from tests.pictures import photo

from safelight import DOCUMENTS, FILES, HEIC, IMAGES, MB, Policy, Refusal, Upload, check
from safelight.django.conf import Settings
from safelight.errors import DecoderUnavailable, ScannerRefused
from safelight.flask.config import Config
from safelight.storage import from_url

HOW_TO = DOCS / "how-to"
HTML = {"image": "PGh0bWw+"}


def made(page: str, path: str) -> dict[str, Any]:
    """What the file of this name on the page defines."""
    names: dict[str, Any] = {"__name__": "from_a_page"}
    exec(file(HOW_TO / page, path), names)
    return names


@pytest.mark.django_db
class TestAnswers:
    PAGE = HOW_TO / "answers.md"

    @pytest.fixture
    def api(self) -> APIClient:
        return APIClient(raise_request_exception=False)

    def handled_by(self, settings: Any, handler: Any) -> None:
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "EXCEPTION_HANDLER": handler}

    def test_with_and_without_our_handler_are_as_printed(self, api: APIClient, settings: Any) -> None:
        printed = [re.fullmatch(r"(\d+) (.*)\n", block.text) for block in blocks(self.PAGE, "text")]
        for answer, handler in zip(
            printed,
            ("safelight.django.rest_framework.exception_handler", "rest_framework.views.exception_handler"),
            strict=True,
        ):
            self.handled_by(settings, handler)
            response = api.post("/api/pictures/", HTML)
            assert answer
            assert (str(response.status_code), response.json()) == (answer[1], json.loads(answer[2]))

    def test_the_parsers_keep_the_status(self, api: APIClient, settings: Any) -> None:
        self.handled_by(settings, "rest_framework.views.exception_handler")
        assert api.post("/api/pictures/", {"image": "A" * 400_000}).status_code == 413

    def test_an_envelope(self, api: APIClient, settings: Any) -> None:
        self.handled_by(settings, made("answers.md", "shop/errors.py")["in_an_envelope"])
        response = api.post("/api/pictures/", HTML)
        assert (response.status_code, response.json()["ok"]) == (415, False)
        assert response.json()["error"]["code"] == "type_not_allowed"

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("/api/pictures/", HTML, 415),
            ("/api/pictures/", {"image": ""}, 400),
            ("/api/pictures/", {}, 400),
            ("/api/pictures/", [], 400),
        ],
    )
    def test_statuses_of_ones_own(self, api: APIClient, settings: Any, path: str, body: object, status: int) -> None:
        self.handled_by(settings, made("answers.md", "shop/problems.py")["with_statuses"])
        response = api.post(path, body)
        assert response.status_code == status
        assert "code" not in response.json()

    def test_a_view_of_ones_own(self) -> None:
        preview = made("answers.md", "shop/views.py")["preview"]
        send = RequestFactory().post
        good = preview(send("/", {"banner": SimpleUploadedFile("a.jpg", photo())}))
        assert (good.status_code, good["Content-Type"]) == (200, "image/jpeg")
        bad = preview(send("/", {"banner": SimpleUploadedFile("a.jpg", b"<html>")}))
        assert (bad.status_code, json.loads(bad.content)["code"]) == (415, "type_not_allowed")
        assert bad["Content-Type"] == "application/problem+json"
        assert preview(send("/")).status_code == 400


class TestPolicies:
    def test_mean_what_the_page_says(self) -> None:
        policies = made("policies.md", "policies.py")
        assert policies["AVATARS"].types == {"image/jpeg", "image/png"}
        assert policies["PHOTOS"].types == IMAGES | {HEIC}
        assert policies["LETTERS"].types == DOCUMENTS
        assert (policies["SCANS"].decode, policies["POSTERS"].orient) == ("strict", "apply")
        (another,) = (block.text for block in blocks(HOW_TO / "policies.md", "python") if "replace" in block.text)
        exec(another, policies)
        assert policies["STAFF_PHOTOS"].max_bytes == 100 * MB


@pytest.mark.django_db
class TestThumbnails:
    PAGE = HOW_TO / "thumbnails.md"

    def test_a_list_shows_them_and_else_the_picture(self, settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
        settings.MEDIA_ROOT = tmp_path / "media"
        file = SimpleUploadedFile("a.jpg", photo())
        before = Picture.objects.create(image=file)
        policy = made("thumbnails.md", "policies.py")["SCANS"]
        monkeypatch.setattr(Picture._meta.get_field("image"), "policy", policy)
        after = Picture.objects.create(image=file)
        (block,) = blocks(self.PAGE, "html")
        shown = Template(block.text).render(Context({"rows": [before, after]}))
        assert re.findall('src="([^"]+)"', shown) == [before.image.url, f"{after.image.url}.thumbnail.webp"]


class Clamd(socketserver.StreamRequestHandler):
    """As clamd answers INSTREAM; it knows one virus, and has a bad day for another."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while size := int.from_bytes(self.rfile.read(4)):
            data += self.rfile.read(size)
        answer = b"stream: Eicar-Signature FOUND" if b"EICAR" in data else b"stream: OK"
        self.wfile.write((b"INSTREAM size limit exceeded. ERROR" if b"large" in data else answer) + b"\0")


class TestScanner:
    @pytest.fixture
    def policy(self) -> Iterator[Policy]:
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            scanner = made("scanner.md", "scanners.py")["Clamd"](*server.server_address)
            yield Policy("files", types=FILES, scanners=(scanner,))
            server.shutdown()
            thread.join()

    def test_lets_pass(self, policy: Policy) -> None:
        with check(Upload(BytesIO(b"harmless" * 100_000)), policy) as checked:
            assert checked.inspection.size == 800_000

    def test_finds(self, policy: Policy) -> None:
        with pytest.raises(ScannerRefused) as refused:
            check(Upload(BytesIO(b"EICAR")), policy)
        assert refused.value.numbers["finding"] == "Eicar-Signature"

    def test_says_what_it_cannot_do(self, policy: Policy) -> None:
        with pytest.raises(DecoderUnavailable) as refused:
            check(Upload(BytesIO(b"large")), policy)
        assert "size limit" in refused.value.reason

    def test_is_not_there(self) -> None:
        scanner = made("scanner.md", "scanners.py")["Clamd"](port=1)
        with pytest.raises(Refusal) as refused:
            check(Upload(BytesIO(b"x")), Policy("files", types=FILES, scanners=(scanner,)))
        assert (refused.value.status, refused.value.retry_after) == (503, 10)


class TestStorage:
    PAGE = HOW_TO / "storage.md"

    def test_the_suites_pass(self, tmp_path: Path) -> None:
        for path in ("mirrored.py", "storages.py", "tests/test_mirrored.py", "tests/test_storages.py"):
            target = tmp_path / path
            target.parent.mkdir(exist_ok=True)
            target.write_text(file(self.PAGE, path))
        settings = file(self.PAGE, "settings.py").replace("file:///srv/scans", (tmp_path / "scans").as_uri())
        mirrored = {"url": (tmp_path / "one").as_uri(), "mirror": (tmp_path / "two").as_uri()}
        mirrored_storage = {"BACKEND": "storages.MirroredStorage", "OPTIONS": mirrored}
        (tmp_path / "settings.py").write_text(
            f'{settings}\nMEDIA_URL = "media/"\nSTORAGES["mirrored"] = {mirrored_storage}'
        )
        suite = (tmp_path / "tests/test_storages.py").read_text()
        (tmp_path / "tests/test_in_django.py").write_text(
            suite.replace('DjangoStorage(storages["scans"])', 'Storages()["mirrored"]').replace(
                "import DjangoStorage", "import Storages"
            )
        )
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--ds=settings",
            "--rootdir=.",
            "tests",
        ]
        done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": "."}, capture_output=True, text=True)
        assert re.search(r"30 passed", done.stdout), done.stdout + done.stderr
        assert not [path for folder in ("one", "two", "scans") for path in (tmp_path / folder).rglob("*.bin")]


CLOUD_URLS = re.findall(r"`((?:s3|gs|az|cloudinary):[^`.]+(?:\?[^`]+)?)`", (HOW_TO / "clouds.md").read_text())


class TestClouds:
    def test_the_setting_is_understood(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "made-up")
        # Not as a setting: those that other tests' columns have would be made anew.
        address = StorageHandler(made("clouds.md", "settings.py")["STORAGES"])["default"].url("a.png")
        assert address.startswith("https://s3.eu-central-1.amazonaws.com/my-bucket/pictures/a.png?")
        assert "X-Amz-Signature=" in address

    @pytest.mark.parametrize(
        "url", re.findall(r"`((?:s3|gs|az|cloudinary):[^`.]+(?:\?[^`]+)?)`", (HOW_TO / "clouds.md").read_text())
    )
    def test_each_url_is_one(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CLOUDINARY_URL", "cloudinary://key:secret@cloud")
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "c2VjcmV0")
        assert from_url(url)


class TestMoving:
    def test_the_settings_are_understood(self, settings: Any) -> None:
        given = made("moving.md", "settings.py")
        settings.SAFELIGHT = given["SAFELIGHT"]
        assert set(Settings.load().moving) < set(given["STORAGES"])

    def test_so_is_the_config_of_flask(self) -> None:
        given = made("moving.md", "config.py")
        assert set(Config.load(given, {}).storage) == {"default", "cloud"}
