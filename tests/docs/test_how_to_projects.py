"""The guides that need a project: each is followed in one, with real commands, real migrations and a real server."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, blocks, file
from tests.docs.reader import Reader, assert_printed
from tests.judge import CORPUS
from tests.pictures import photo

HOW_TO = DOCS / "how-to"
SETTINGS = """
MEDIA_URL = "media/"
MEDIA_ROOT = BASE_DIR / "media"
INSTALLED_APPS += ["rest_framework", "safelight.django", "{app}"]
"""


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Reader(tmp_path) as reader:
        yield reader


class TestExistingImageField:
    PAGE = HOW_TO / "existing-imagefield.md"

    def test_a_table_with_pictures(self, reader: Reader) -> None:
        reader.start("shop", "members", SETTINGS.format(app="members"))
        after = file(self.PAGE, "members/models.py")
        before = re.sub(r"UploadField\(.*(models.ImageField\()", r"\1", after)
        before = re.sub(r"policy=PORTRAITS,\s+upload_to=.*was: (.*)", r"upload_to=\1,", before)
        assert 'upload_to="portraits/",' in before
        (reader.folder / "members/models.py").write_text(before)
        reader.run("python manage.py makemigrations members && python manage.py migrate")
        gps, trailing = (CORPUS / "metadata/gps.jpg").read_bytes(), photo((40, 30)) + b"PK"
        for name, data in (("ada", gps), ("bob", photo((40, 30))[:-300]), ("cy", trailing)):
            (reader.folder / f"{name}.jpg").write_bytes(data)
        reader.shell("""
            from django.core.files import File
            from members.models import Member
            for name in ("ada", "bob"):
                Member.objects.create(name=name, portrait=File(open(f"{name}.jpg", "rb"), f"{name}.jpg"))
            Member.objects.create(name="dee")
        """)
        look = """
            from members.models import Member
            for member in Member.objects.order_by("pk"):
                print(member.portrait.name, member.width, bool(member.portrait and member.portrait.blob))
        """
        for section in reader.follow(self.PAGE):
            if section == "What the old files do meanwhile":
                printed = reader.shell(look)
                assert_printed(printed, "portraits/ada.jpg 96 False\nportraits/bob.jpg 40 False\n None False")
            if section == "Bring files in anew":
                self.one_more(reader)
        assert_printed(
            reader.shell(look),
            "portraits/ada.jpg 96 True\nportraits/bob.jpg 40 False\n None False\nmembers/….jpg 40 True",
        )
        portraits = reader.folder / "media/portraits"
        assert {path.name for path in portraits.iterdir()} == {"ada.jpg", "bob.jpg", "cy.jpg"}
        assert (portraits / "ada.jpg").read_bytes() == gps
        self.and_out_again(reader, before)

    def one_more(self, reader: Reader) -> None:
        """A picture that is refused for what an upload loses."""
        (reader.folder / "cy.jpg").rename(reader.folder / "media/portraits/cy.jpg")
        reader.shell("""
            from members.models import Member
            Member.objects.bulk_create([Member(name="cy", portrait="portraits/cy.jpg")])
        """)

    def and_out_again(self, reader: Reader, before: str) -> None:
        """Rows and files of both kinds stay what they are when Safelight goes."""
        (reader.folder / "members/models.py").write_text(before)
        reader.run("python manage.py migrate safelight zero")
        settings = reader.folder / "shop/settings.py"
        settings.write_text(settings.read_text().replace('"safelight.django", ', ""))
        reader.run("python manage.py makemigrations members && python manage.py migrate")
        reader.run("python manage.py makemigrations --check && python manage.py check")
        printed = reader.shell("""
            from django.db import connection
            from members.models import Member
            for member in Member.objects.exclude(portrait="").order_by("pk"):
                with member.portrait.open() as file:
                    print(type(member.portrait).__name__, len(file.read()) > 0, member.portrait.width)
            print([name for name in connection.introspection.table_names() if "safelight" in name])
        """)
        assert_printed(printed, "ImageFieldFile True 96\nImageFieldFile True 40\nImageFieldFile True 40\n[]")


class TestWithoutALedger:
    def test_a_plain_imagefield_is_verified(self, reader: Reader) -> None:
        reader.start("shop", "members", SETTINGS.format(app="members").replace('"safelight.django", ', ""))
        (reader.folder / "members/models.py").write_text(
            "from django.db import models\n\n\nclass Member(models.Model):\n    portrait = models.ImageField()\n"
        )
        reader.write(file(HOW_TO / "without-ledger.md", "members/api.py"))
        (reader.folder / "shop/urls.py").write_text(
            "from django.urls import include, path\nfrom members.api import router\n\n"
            'urlpatterns = [path("api/", include(router.urls))]\n'
        )
        reader.run("python manage.py makemigrations members && python manage.py migrate && python manage.py check")
        reader.serve()
        with reader.client() as phone:
            assert phone.post("/api/members/", files={"portrait": photo() + b"<html>"}).status_code == 201
            refused = phone.post("/api/members/", files={"portrait": b"<html>"})
            assert (refused.status_code, "HTML page" in refused.json()["portrait"][0]) == (400, True)
        (stored,) = (reader.folder / "media").iterdir()
        assert b"<html>" not in stored.read_bytes()


class TestServing:
    def test_letters_are_their_owners(self, reader: Reader) -> None:
        reader.start("shop", "letters", SETTINGS.format(app="letters"))
        for path in ("letters/models.py", "letters/urls.py"):
            reader.write(file(HOW_TO / "serving.md", path))
        (reader.folder / "shop/urls.py").write_text(
            "from django.urls import include, path\nfrom letters.urls import urlpatterns\n"
        )
        reader.run("python manage.py makemigrations letters && python manage.py migrate && python manage.py check")
        printed = reader.shell("""
            from django.conf import settings
            from django.contrib.auth.models import User
            from django.core.files.base import ContentFile
            from django.test import Client
            from letters.models import Letter
            settings.ALLOWED_HOSTS = ["*"]
            ada, bob = (User.objects.create_user(name) for name in ("ada", "bob"))
            letter = Letter.objects.create(owner=ada, scan=ContentFile("Dear Ada,".encode(), "letter.txt"))
            for user in (ada, bob, None):
                client = Client()
                if user:
                    client.force_login(user)
                answer = client.get(letter.scan.url)
                print(answer.status_code, answer.headers.get("Cache-Control"), b"".join(answer)[:5])
        """)
        assert_printed(printed, "200 private, max-age=600 b'Dear '\n404 None …\n302 None b''")


class TestLeaving:
    def test_after_the_tutorial(self, reader: Reader) -> None:
        forms = DOCS / "tutorial" / "forms.md"
        reader.start("kitchen", "recipes", file(forms, "kitchen/settings.py, at the end"))
        for path in ("recipes/models.py", "kitchen/urls.py", "recipes/admin.py"):
            reader.write(file(forms, path))
        reader.run("python manage.py makemigrations recipes && python manage.py migrate")
        reader.shell("""
            from django.core.files.base import ContentFile
            from recipes.models import Recipe
            Recipe.objects.create(title="Soup", leaflet=ContentFile(b"Boil.", "soup.txt"))
        """)
        for section in reader.follow(HOW_TO / "leaving.md"):
            if section == "Drop the ledger":  # what the prose says: everything else that has our name
                (reader.folder / "recipes/admin.py").unlink()
                (reader.folder / "kitchen/urls.py").write_text("urlpatterns = []\n")
            if section == "Clear the settings":
                settings = reader.folder / "kitchen/settings.py"
                settings.write_text(settings.read_text().replace('"safelight.django", ', ""))
        printed = reader.shell("""
            from recipes.models import Recipe
            recipe = Recipe.objects.get()
            with recipe.leaflet.open() as file:
                print(type(recipe.leaflet).__module__, file.read())
        """)
        assert_printed(printed, "django.db.models.fields.files b'Boil.'")


class TestTesting:
    def test_both_runners_leave_nothing(self, reader: Reader) -> None:
        reader.start("shop", "photos", SETTINGS.format(app="photos"))
        for section in reader.follow(HOW_TO / "testing.md"):
            if section == "Django's TestCase":
                reader.run("python manage.py makemigrations photos")
            if section == "SQLAlchemy":
                break
        left = {path.name for path in reader.folder.iterdir()} - {"__pycache__", ".pytest_cache"}
        assert left == {"manage.py", "conftest.py", "shop", "photos", "db.sqlite3"}
        assert not (reader.folder / "db.sqlite3").stat().st_size


class TestDeploying:
    def test_gunicorn_understands_the_command(self, reader: Reader) -> None:
        reader.start("shop", "photos", SETTINGS.format(app="photos"))
        (command,) = (block.text for block in blocks(HOW_TO / "deploying.md", "sh"))
        assert "TMPDIR=/srv/shop/tmp gunicorn " in command
        reader.run(command.replace("TMPDIR=/srv/shop/tmp gunicorn ", "gunicorn --check-config "))

    @pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is missing: apt install nginx-light")
    @pytest.mark.parametrize("page", sorted(HOW_TO.glob("*.md")), ids=lambda page: page.stem)
    def test_nginx_understands_its_blocks(self, page: Path, tmp_path: Path) -> None:
        for block in blocks(page, "nginx"):
            server = block.text if "server {" in block.text else f"server {{ listen 80;\n{block.text}}}"
            (tmp_path / "nginx.conf").write_text(
                f"pid {tmp_path}/pid; events {{}}\n"
                f"http {{ access_log off; client_body_temp_path {tmp_path}/body;\n"
                f"{server.replace('/var/cache/nginx/media', str(tmp_path))} }}\n"
            )
            command = ["nginx", "-t", "-q", "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
            done = subprocess.run(command, capture_output=True, text=True)
            assert not done.returncode, done.stderr
