"""Moving from django-jsonform: a project with its field, its form and its guide's view is taken through the five steps,
and works after each of them."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.docs.pages import DOCS, ROOT, file
from tests.docs.reader import Reader
from tests.pictures import photo

PAGE = DOCS / "how-to" / "from-django-jsonform.md"
THEIRS = "from django_jsonform.models.fields import JSONField"
SETTINGS = """
MEDIA_URL = "media/"
MEDIA_ROOT = BASE_DIR / "media"
INSTALLED_APPS += ["django_jsonform", "pages"]
DJANGO_JSONFORM = {"FILE_HANDLER": "/json-file-handler/"}
"""
URLS = """from django.contrib import admin
from django.urls import path
from pages.views import file_handler

urlpatterns = [path("admin/", admin.site.urls), path("json-file-handler/", file_handler)]
"""
DATA_MIGRATION = """from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("pages", "Page").objects.create(title="Imprint", body={"cover": "", "gallery": []})


class Migration(migrations.Migration):
    dependencies = [("pages", "0001_initial")]
    operations = [migrations.RunPython(add)]
"""
GALLERY = [{"picture": "uploads/ada.jpg", "caption": "Ada"}, {"picture": "uploads/bob.jpg", "caption": "Bob"}]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Reader(tmp_path) as reader:
        yield reader


@pytest.fixture
def club(reader: Reader) -> Reader:
    """A project as django-jsonform's guide has it, with two pages, and three files in one of them."""
    reader.start("club", "pages", SETTINGS)
    after = file(PAGE, "pages/models.py")
    pages = reader.folder / "pages"
    (pages / "models.py").write_text(re.sub(r"from safelight.*was: (.*)", r"\1", after))
    assert THEIRS in (pages / "models.py").read_text()
    shutil.copy(ROOT / "tests/peer/guide/views.py", pages / "views.py")
    (pages / "templates/pages").mkdir(parents=True)
    (reader.folder / "club/urls.py").write_text(URLS)
    reader.run("python manage.py makemigrations pages")
    assert "django_jsonform.models.fields" in (pages / "migrations/0001_initial.py").read_text()
    (pages / "migrations/0002_imprint.py").write_text(DATA_MIGRATION)
    reader.run("python manage.py migrate")
    (reader.folder / "ada.jpg").write_bytes(photo((40, 30)))
    (reader.folder / "bob.jpg").write_bytes(photo((40, 30))[:-300])
    body = {"cover": "uploads/ada.jpg", "gallery": GALLERY}
    reader.shell(f"""
        from django.contrib.auth.models import User
        from django.core.files import File
        from pages.models import MediaModel, Page
        User.objects.create_superuser("admin", password="darkroom")
        for name in ("ada.jpg", "bob.jpg"):
            MediaModel.objects.create(file=File(open(name, "rb"), name))
        Page.objects.create(title="Members", body={body!r})
    """)
    return reader


def test_five_steps(club: Reader) -> None:
    settings = club.folder / "club/settings.py"
    for section in club.follow(PAGE):
        if section == "2. Settings":
            assert_migrates_afresh(club)
        elif section == "3. Field and admin":  # what its prose says
            lines = settings.read_text().replace('"django_jsonform", ', "").splitlines()
            settings.write_text("\n".join(line for line in lines if not line.startswith("DJANGO_JSONFORM")))
        elif section == "4. The handler":
            (club.folder / "pages/views.py").unlink()
        elif section == "What the old files do meanwhile":
            assert_migrates_afresh(club)
            club.run("python manage.py check --fail-level WARNING")
            club.run("python manage.py makemigrations --check")
            club.serve()
            assert_old_files_stay(club)
    with club.client() as browser:
        page = browser.get("/pages/2/").text
        sources = re.findall(r'<img src="([^"]+)"', page)
        assert len(sources) == 3
        assert sources[0] == sources[1]
        assert re.fullmatch(r"/media/pages/\d{4}/\d\d/\d\d/\w{29}\.jpg", sources[0])
        assert sources[2] == "/media/uploads/bob.jpg"
        assert all(browser.get(source).headers["Content-Type"] == "image/jpeg" for source in sources)
        log_in(browser)
        listed = browser.get("/json-file-handler/", params={"field_name": "body", "model_name": "Page"}).json()
        names = {item["value"]: item["metadata"]["name"] for item in listed["results"]}
        assert names == {sources[0].removeprefix("/media/"): "ada.jpg", "uploads/ada.jpg": "ada.jpg"}
    club.run("python manage.py safelight_sweep --grace 0s")
    assert (club.folder / sources[0].removeprefix("/")).exists()


def assert_migrates_afresh(reader: Reader) -> None:
    """Old migrations, and the rows that they write, work on an empty database as well."""
    reader.run("mv db.sqlite3 kept && python manage.py migrate -v 0")
    assert reader.shell("from pages.models import Page; print(*Page.objects.values_list('title'))").strip()
    reader.run("mv kept db.sqlite3")


def assert_old_files_stay(reader: Reader) -> None:
    """A document that names them is shown and saved; no other may name them."""
    with reader.client() as browser:
        log_in(browser)
        assert '"uploads/ada.jpg": {"url": "/media/uploads/ada.jpg"}' in browser.get("/admin/pages/page/2/change/").text
        body = {"cover": "uploads/ada.jpg", "gallery": GALLERY}
        assert "errorlist" not in save(browser, "2/change", "Members", body)
        assert "There is no such file." in save(browser, "1/change", "Imprint", {**body, "gallery": []})
        assert "There is no such file." in save(browser, "add", "More", body)
        assert '<img src="/media/uploads/ada.jpg" alt="">' in browser.get("/pages/2/").text
        assert browser.get("/media/uploads/ada.jpg").headers["Content-Type"] == "image/jpeg"


def save(browser: httpx.Client, page: str, title: str, body: dict) -> str:
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    return browser.post(f"/admin/pages/page/{page}/", data={"title": title, "body": json.dumps(body), **token}).text


def log_in(browser: httpx.Client) -> None:
    browser.get("/admin/login/")
    form = {"username": "admin", "password": "darkroom", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert "Log out" in browser.post("/admin/login/?next=/admin/", data=form).text
