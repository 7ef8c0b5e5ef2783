"""The samples that the page offers do what their rows say; a first run finds pictures stored, and only a first one."""

import base64
import html
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pyvips
from PIL import ExifTags, Image, ImageOps, ImageSequence
from tests.e2e.checks import (
    CREATE,
    assert_refused,
    assert_safe_headers,
    assert_stored,
    key_of,
    nothing_left,
    one_more,
)
from tests.e2e.conftest import session_of
from tests.e2e.server import PASSWORD, Server
from tests.e2e.test_lifecycle import assert_nothing_stray

from resolver.pictures import drawings, files, photo
from resolver.samples import SAMPLES, STORED, Sample
from safelight.errors import TABLE

BY_NAME = {sample.name: sample for sample in SAMPLES}


def fetch(client: httpx.Client, name: str) -> bytes:
    """As the page's script does."""
    response = client.get(f"/static/samples/{name}")
    assert response.status_code == 200
    return response.content


def send(client: httpx.Client, name: str, content: bytes, kind: str = "multipart") -> httpx.Response:
    if kind == "multipart":
        return client.post(CREATE, files={"image": (name, content)})
    text = base64.b64encode(content).decode()
    return client.post(CREATE, **{"json" if kind == "json" else "data": {"image": text}})


def stored(client: httpx.Client, name: str) -> tuple[bytes, bytes]:
    """A sample, and what is served of it."""
    original = fetch(client, name)
    response = send(client, name, original)
    key_of(response)
    return original, client.get(response.json()["image"]).content


def frames(data: bytes) -> list[tuple[bytes, int]]:
    with Image.open(io.BytesIO(data)) as image:
        return [(frame.convert("RGB").tobytes(), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]


class TestSamples:
    def test_each_has_a_maker_and_an_outcome_that_exists(self) -> None:
        assert list(files.MAKERS) == list(BY_NAME)
        assert {sample.outcome for sample in SAMPLES} <= {STORED, *TABLE}

    @pytest.mark.parametrize("kind", ["json", "form", "multipart"])
    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
    def test_does_what_its_row_says(self, server: Server, anyone: httpx.Client, sample: Sample, kind: str) -> None:
        content = fetch(anyone, sample.name)
        if sample.outcome == STORED:
            with one_more(server):
                response = send(anyone, sample.name, content, kind)
                assert key_of(response).endswith(Path(sample.name).suffix)
        else:
            with nothing_left(server):
                refusal = TABLE[sample.outcome]
                assert_refused(send(anyone, sample.name, content, kind), refusal.status, refusal.code)

    def test_sideways(self, server: Server, anyone: httpx.Client) -> None:
        original, served = stored(anyone, "sideways.jpg")
        response = send(anyone, "sideways.jpg", original)
        assert_stored(server, anyone, response, original, orientation=6, filename="sideways.jpg")  # no EXIF but that
        with Image.open(io.BytesIO(original)) as before, Image.open(io.BytesIO(served)) as after:
            exif, block = before.getexif(), before.info["exif"][6:]
            place = exif.get_ifd(ExifTags.IFD.GPSInfo)
            thumbnail = exif.get_ifd(ExifTags.IFD.IFD1)
            begin, size = thumbnail[ExifTags.Base.JpegIFOffset], thumbnail[ExifTags.Base.JpegIFByteCount]
            assert [place[ref] for ref in (ExifTags.GPS.GPSLatitudeRef, ExifTags.GPS.GPSLongitudeRef)] == ["N", "E"]
            assert place[ExifTags.GPS.GPSLatitude][:2] == (48, 12)
            assert place[ExifTags.GPS.GPSLongitude][:2] == (16, 23)
            assert place[ExifTags.GPS.GPSAltitude] == 160
            assert exif[ExifTags.Base.Model] == "Sample camera"
            assert ExifTags.Base.DateTimeOriginal in exif.get_ifd(ExifTags.IFD.Exif)
            assert Image.open(io.BytesIO(block[begin : begin + size])).size == (160, 120)
            assert {"xmp", "comment"} <= set(before.info)
            assert {"xmp", "comment"} & set(after.info) == set()
            assert before.size == (1600, 1200)
            shown = ImageOps.exif_transpose(after)
            assert shown.size == (1200, 1600)
            assert shown.tobytes() == ImageOps.exif_transpose(before).tobytes()
        for hidden in (b"Safelight", b"Sample camera", b"2026:05:01", b"Vienna", b"Ferris"):
            assert hidden in original
            assert hidden not in served

    def test_tail(self, anyone: httpx.Client) -> None:
        original, served = stored(anyone, "tail.jpg")
        with zipfile.ZipFile(io.BytesIO(original)) as archive:  # the same bytes are a photo and an archive
            assert archive.read("program.php").startswith(b"<?php")
        assert not zipfile.is_zipfile(io.BytesIO(served))
        assert (b"<?php" in original, b"<?php" in served) == (True, False)
        assert (served[-2:], b"Edited" in served) == (b"\xff\xd9", False)

    def test_animation(self, anyone: httpx.Client) -> None:
        original, served = stored(anyone, "drawn.gif")
        assert frames(served) == frames(original)
        assert f"{len(frames(original))} frames" in BY_NAME["drawn.gif"].sentence
        assert (b"Drawn by" in original, b"Drawn by" in served) == (True, False)

    def test_half_is_enough_for_pillow(self, anyone: httpx.Client) -> None:
        """What Django's ImageField and DRF's ask of a picture."""
        data = fetch(anyone, "half.jpg")
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
        with Image.open(io.BytesIO(data)) as image, pytest.raises(OSError, match="truncated"):
            image.load()

    def test_huge_is_a_valid_picture(self, anyone: httpx.Client) -> None:
        data = fetch(anyone, "huge.png")
        assert len(data) < 50_000
        image = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="warning")
        assert (image.width, image.height) == (20_000, 20_000)
        assert image.avg() == 0  # every pixel

    def test_page_runs_nowhere(self, anyone: httpx.Client) -> None:
        """It lies among the static files, under a name that the page asks for: as a picture, and as nothing else."""
        response = anyone.get("/static/samples/page.png")
        assert (response.headers["Content-Type"], response.headers["X-Content-Type-Options"]) == (
            "image/png",
            "nosniff",
        )
        assert "script" in response.text

    def test_are_in_the_manifest_and_not_compressed(self, server: Server, anyone: httpx.Client) -> None:
        names = {path.name for path in (server.data / "static" / "samples").iterdir()}
        assert {name for name in names if re.search(r"\.(gz|br|made)$", name)} == set()
        for sample in SAMPLES:
            (hashed,) = (name for name in names if re.fullmatch(sample.name.replace(".", r"\.[0-9a-f]{12}\."), name))
            response = anyone.get(f"/static/samples/{hashed}")
            assert response.content == fetch(anyone, sample.name)
            assert "immutable" in response.headers["Cache-Control"]

    def test_are_the_same_each_time(self, server: Server) -> None:
        """Here, and in the process that drew them for the server."""
        for name, make in files.MAKERS.items():
            assert make() == (server.data / "samples" / name).read_bytes(), name
        shot = photo.Shot("3", (80, 60), seed=4)
        assert photo.take(shot).tobytes() == photo.take(shot).tobytes()
        assert drawings.note("equals", 64).tobytes() == drawings.note("equals", 64).tobytes()

    def test_the_server_draws_nothing(self, server: Server, anyone: httpx.Client) -> None:
        """Pillow reads dozens of formats; the process that strangers' bytes come to does not load it."""
        anyone.get("/")
        send(anyone, "drawn.gif", fetch(anyone, "drawn.gif"))
        maps = Path(f"/proc/{server.worker()}/maps").read_text()
        assert "/pybase64/" in maps  # what is loaded would be seen
        assert "/PIL/" not in maps

    def test_are_drawn_again_when_they_have_to_be(self, prepared: Path, tmp_path: Path) -> None:
        folder = shutil.copytree(prepared / "samples", tmp_path / "samples")
        content = {path.name: path.read_bytes() for path in folder.iterdir()}
        (folder / "half.jpg").write_bytes(b"drawn by an older version")
        files.write(folder)  # costs nothing where all is there
        assert (folder / "half.jpg").read_bytes() == b"drawn by an older version"
        (folder / ".made").write_text("an older version")
        files.write(folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == content
        (folder / "page.png").unlink()
        files.write(folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == content


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder after `prepare` as `dev.py run` calls it, to copy; and what it said."""
    server = Server(tmp_path_factory.mktemp("first"), SAFELIGHT_SEED="")
    return server.data, server.prepare()


@pytest.fixture
def seeded(tmp_path: Path, first_run: tuple[Path, str]) -> Iterator[Server]:
    with Server(tmp_path, shutil.copytree(first_run[0], tmp_path / "data"), SAFELIGHT_SEED="") as server:
        yield server


def staff_of(server: Server) -> httpx.Client:
    return server.client(auth=("admin", PASSWORD))


class TestFirstRun:
    def test_stores_five_pictures_and_a_page(self, seeded: Server, first_run: tuple[Path, str]) -> None:
        assert "Pictures: 5 to look at are in the admin" in first_run[1]
        with staff_of(seeded) as staff:
            rows = staff.get("/api/images/").json()["results"]
            types = [assert_served(staff, row["image"]) for row in rows]
        assert sorted(types) == ["image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"]
        assert len({name for (name,) in seeded.rows("SELECT filename FROM safelight_blob")}) == 10
        assert_nothing_stray(seeded)
        counts = seeded.counts()
        assert (counts.files, counts.thumbnails, counts.blobs) == (10, 9, 10)  # one is a PDF
        assert (counts.intents, counts.side, counts.temporary) == (0, 0, 0)

    def test_the_page_is_shown_and_can_be_saved_as_it_is(self, seeded: Server) -> None:
        with seeded.client(cookies=session_of(seeded, "admin")) as admin:
            shown = admin.get("/pages/how-to-photograph-a-digit/").text
            assert shown.count('src="/media/pages/') == 4
            assert 'src="data:image/png;' in shown
            assert re.search(r"<span>practice sheet.pdf</span> <small>PDF, [\d.]+ kB</small>", shown)
            form = admin.get("/admin/pages/page/1/change/").text
            body = html.unescape(re.search("(?s)<textarea[^>]*>(.*?)</textarea>", form)[1])
            token = re.search('csrfmiddlewaretoken" value="(\\w+)"', form)[1]
            fields = {"title": "Saved", "slug": "saved", "body": body, "csrfmiddlewaretoken": token}
            assert admin.post("/admin/pages/page/1/change/", data=fields).status_code == 302
            assert admin.get("/pages/saved/").text.count('src="/media/pages/') == 4
        assert_nothing_stray(seeded)

    def test_spreads_them_over_the_last_days(self, seeded: Server) -> None:
        with staff_of(seeded) as staff:
            rows = staff.get("/api/images/").json()["results"]
        times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
        assert times == sorted(times, reverse=True)  # the newest row is the youngest picture
        assert len({time.date() for time in times}) == 5
        now = datetime.now(UTC)
        assert now - timedelta(days=7) < times[-1] < times[0] < now

    def test_happens_once(self, seeded: Server, tmp_path: Path) -> None:
        again = Server(tmp_path / "again", seeded.data, SAFELIGHT_SEED="")
        assert again.prepare() == ""
        with staff_of(seeded) as staff:
            rows = staff.get("/api/images/").json()["results"]
            assert len(rows) == 5
            for row in rows:
                assert staff.delete(f"/api/images/{row['pk']}/").status_code == 204
        assert again.prepare() == ""
        assert seeded.counts().images == 0
        assert seeded.scalar("SELECT count(*) FROM pages_page") == 1

    def test_with_settings_that_refuse_them(self, tmp_path: Path) -> None:
        server = Server(tmp_path, SAFELIGHT_SEED="on", SAFELIGHT_MAX_PIXELS="1000")
        assert "The picture has 800 x 600 pixels" in server.prepare()
        counts = server.counts()
        assert (counts.files, counts.blobs, counts.images, counts.side) == (0, 0, 0, 0)

    def test_without_them(self, tmp_path: Path) -> None:
        server = Server(tmp_path, SAFELIGHT_SEED="off")
        said = server.prepare()
        assert "Pictures" not in said
        assert "Page" not in said
        assert (server.counts().images, server.scalar("SELECT count(*) FROM auth_user")) == (0, 1)
        assert server.scalar("SELECT count(*) FROM pages_page") == 0


def assert_served(client: httpx.Client, url: str) -> str:
    """As what it is. Returns the media type."""
    served = client.get(url)
    media_type = served.headers["Content-Type"]
    assert_safe_headers(served, media_type)
    with Image.open(io.BytesIO(served.content)) as image:
        image.load()
        assert Image.MIME[image.format] == media_type
    return media_type
