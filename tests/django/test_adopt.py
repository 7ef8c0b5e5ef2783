"""`safelight_adopt` on real databases: a table that had an ImageField, whose files become known where they lie."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.forms import modelform_factory
from django.test.utils import CaptureQueriesContext
from tests.adoptions import KNOWN, Past, assert_told
from tests.django.app.models import Picture, Portrait, Story, before_safelight
from tests.django.suites import OnEachDatabase, OnMariadb
from tests.django.sweeps import DAY, NONE, sweep_in
from tests.pictures import photo

from safelight.django import adopting
from safelight.django.adopting import adopt
from safelight.django.models import Blob, Reference
from safelight.django.sweeping import delete_now
from safelight.errors import UnknownKey
from safelight.testing import AdoptConformance

FIELD = "gallery.Portrait.image"
NAME = "portraits/ada.jpg"


class TestConformance(OnEachDatabase, AdoptConformance):
    pass


class TestMariadb(OnMariadb, AdoptConformance):
    pass


@pytest.fixture
def lie(media: Path) -> Callable[..., Path]:
    """Puts a file where an ImageField would have."""

    def put(name: str = NAME, data: bytes = photo()) -> Path:
        path = media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1_500_000_000, 1_500_000_000))
        return path

    return put


def row(name: str = NAME, **columns: object) -> Portrait:
    """As it was written before there was an UploadField."""
    written = before_safelight(Portrait(image=name, **columns))
    return Portrait.objects.get(pk=written.pk)


def command(*arguments: str) -> list[str]:
    output = io.StringIO()
    call_command("safelight_adopt", *(arguments or (FIELD,)), stdout=output)
    return output.getvalue().splitlines()


def references() -> list[tuple[str, str, str]]:
    return sorted(Reference.objects.values_list("blob_id", "row", "field"))


@pytest.mark.parametrize("database", ["file_database", "postgresql_database"])
def test_a_table_of_thirty_files(request, database: str, media: Path, lie):
    request.getfixturevalue(database)
    past = Past.of()
    paths = {name: lie(name, data) for name, data in past.files.items()}
    rows = [row(name) for name in past.names]
    output = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("safelight_adopt", FIELD, stdout=output)
    assert_told(str(error.value))
    *_, done, metadata = output.getvalue().splitlines()
    assert done.startswith("Adopted 12 files: ")
    assert metadata.startswith("6 of them with metadata")
    known = {str(each.pk): each.image.name for each in rows if each.image.name in KNOWN}
    assert references() == sorted((name, pk, "image") for pk, name in known.items())
    assert set(Blob.objects.values_list("key", flat=True)) == set(KNOWN)
    for name, path in paths.items():
        assert path.read_bytes() == past.files[name]
        assert path.stat().st_mtime == 1_500_000_000
    assert len(list(media.rglob("*.*"))) == len(paths)


KILLED = """
import os, signal, sys
from unittest import mock
import django
from django.conf import settings
from tests.django import settings as tests
database, media, where, calls = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
options = {name: value for name, value in vars(tests).items() if name.isupper()}
engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": database}
settings.configure(**options | {"DATABASES": {"default": engine}, "MEDIA_ROOT": media})
django.setup()
from django.core.management import call_command
from safelight.django.ledger import DjangoLedger
real, left = getattr(DjangoLedger, where), [calls]
def killing(*arguments):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)
with mock.patch.object(DjangoLedger, where, killing):
    call_command("safelight_adopt", "gallery.Portrait.image")
"""


@pytest.mark.parametrize("where", ["adopt", "attach"])
def test_kill_9_in_the_middle_and_go_on(file_database: Path, media: Path, lie, where: str):
    """Before the third file is recorded, or when it is recorded and no row refers to it."""
    names = [f"portraits/{number}.jpg" for number in range(5)]
    for name in names:
        lie(name)
        row(name)
    command_line = [sys.executable, "-c", KILLED, str(file_database), str(media), where, "3"]
    done = subprocess.run(command_line, cwd=Path(__file__).parents[2], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    recorded = 2 if where == "adopt" else 3
    assert (Blob.objects.count(), Reference.objects.count()) == (recorded, 2)
    said = command()
    assert said[-1].startswith(f"Adopted {5 - recorded} file")
    assert [key for key, _, _ in references()] == names
    assert not Blob.objects.filter(free_since__isnull=False).exists()
    assert command()[-1] == "Nothing to adopt: 5 rows with files from before Safelight, all of them known."


class TestAfterwards:
    @pytest.fixture(autouse=True)
    def adopted(self, file_database, lie) -> None:
        self.path = lie(data=photo((40, 30)))
        self.row = row(width=40, height=30)
        assert adopt(FIELD).complete

    def again(self) -> Portrait:
        return Portrait.objects.get(pk=self.row.pk)

    def is_free(self) -> bool:
        return Blob.objects.filter(key=NAME, free_since__isnull=False).exists()

    def test_its_facts_are_the_ledgers(self):
        image = self.again().image
        assert (image.size, image.width, image.height) == (self.path.stat().st_size, 40, 30)
        assert (image.blob.filename, image.blob.policy, image.thumbnail_url) == ("ada.jpg", "pictures", None)

    def test_the_view_serves_it(self, client):
        answer = client.get(self.again().image.url)
        assert b"".join(answer) == self.path.read_bytes()
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Content-Disposition"] == "inline; filename*=UTF-8''ada.jpg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert client.get("/media/portraits/other.jpg").status_code == 404

    def test_saving_the_row_keeps_it(self):
        self.again().save()
        portrait = self.again()
        portrait.name = "Ada"
        portrait.save(update_fields=["image"])
        assert references() == [(NAME, str(self.row.pk), "image")]
        assert (self.again().width, self.again().height, self.is_free()) == (40, 30, False)

    def test_a_new_picture_lets_go_of_it_and_it_stays_on_disk(self, upload):
        portrait = self.again()
        portrait.image = upload()
        portrait.save()
        assert self.is_free()
        for days in (2, 4):
            assert sweep_in(days * DAY, grace=NONE).deleted == 0
        assert self.path.exists()
        with pytest.raises(UnknownKey):
            delete_now(NAME)

    def test_the_media_library_offers_no_button_to_delete_it(self, rf):
        request = rf.get("/")
        request.user = User.objects.create_superuser("admin")
        library = admin.site.get_model_admin(Blob)
        assert library.has_delete_permission(request)
        assert not library.has_delete_permission(request, Blob.objects.get(key=NAME))

    def test_a_row_that_is_deleted_lets_go_of_it(self):
        self.again().delete()
        assert (references(), self.is_free(), self.path.exists()) == ([], True, True)

    def test_two_rows_share_it(self):
        second = row()
        adopt(FIELD)
        self.again().delete()
        assert references() == [(NAME, str(second.pk), "image")]

    def test_no_request_makes_it_the_name_of_another_file(self):
        with pytest.raises(UnknownKey):
            Portrait.objects.create(image=NAME)
        other = Portrait.objects.create()
        other.image = NAME
        with pytest.raises(UnknownKey):
            other.save()

    def test_rows_with_keys_of_ours_cost_no_more_than_before(self, upload, django_assert_max_num_queries):
        picture = Picture.objects.create(image=upload())
        with django_assert_max_num_queries(20) as ours:
            picture.save()
        portrait = self.again()
        with django_assert_max_num_queries(20) as adopted:
            portrait.save()
        asked = [query["sql"] for query in ours.captured_queries if "safelight_blob" in query["sql"]]
        assert asked == []
        asked = [query["sql"] for query in adopted.captured_queries if '"safelight_blob"."key" IN' in query["sql"]]
        assert len(asked) == 1

    def test_a_move_copies_it_and_leaves_it(self, settings, more_storages, tmp_path):
        options = {"url": f"file://{tmp_path}/cloud"}
        more_storages(cloud={"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": options})
        settings.SAFELIGHT = {"MOVING": ["default", "cloud"]}
        said = io.StringIO()
        call_command("safelight_move", "--from", "default", "--to", "cloud", "--delete", stdout=said)
        assert storages["cloud"].exists(NAME)
        assert self.path.exists()
        assert "1 adopted file kept in 'default'" in said.getvalue()


@pytest.mark.usefixtures("postgresql_database")
def test_who_saves_the_row_meanwhile_is_waited_for(lie, monkeypatch):
    """The row is read when it is locked, not as it was when its name was recorded."""
    lie()
    portrait = row()
    real = adopting.follow

    def after_somebody_else(*arguments):
        Portrait.objects.filter(pk=portrait.pk).update(image="")
        real(*arguments)

    monkeypatch.setattr(adopting, "follow", after_somebody_else)
    with CaptureQueriesContext(connection) as queries:
        assert adopt(FIELD).adopted == 1
    assert references() == []
    assert any("FOR UPDATE" in query["sql"] for query in queries)


@pytest.mark.usefixtures("file_database")
class TestDocuments:
    def test_files_that_documents_name(self, lie):
        lie("uploads/cover.jpg")
        lie("uploads/letter.pdf", b"%PDF-1.4 no picture")
        body = {"cover": "uploads/cover.jpg", "gallery": [{"picture": "uploads/letter.pdf"}, {"picture": ""}]}
        story = before_safelight(Story(body=body))
        adopted = adopt("gallery.Story.body")
        assert [refused.name for refused in adopted.refused] == ["uploads/letter.pdf"]
        assert list(Reference.objects.values_list("blob_id", "row", "path")) == [
            ("uploads/cover.jpg", str(story.pk), "cover")
        ]
        story.body = {"gallery": [{"picture": "uploads/cover.jpg"}]}
        story.save()
        assert Reference.objects.get().path == "gallery§0§picture"

    def test_nobody_is_given_one_whose_name_he_guesses(self, lie):
        """A key is a secret, and a name from before Safelight is none: where a form does not know who sends it."""
        lie("uploads/cover.jpg")
        document = {"title": "x", "cover": "uploads/cover.jpg"}
        story = before_safelight(Story(body=document))
        adopt("gallery.Story.body")
        form, sent = modelform_factory(Story, fields=["body"]), {"body": json.dumps(document)}
        assert form(sent).errors == {"body": ["cover: This file was sent by somebody else, and you may not use it."]}
        assert form(sent, instance=Story.objects.get(pk=story.pk)).is_valid()

    def test_a_handler_that_is_none_of_ours(self, settings, lie):
        settings.SAFELIGHT = {"FILE_HANDLER": "/theirs/"}
        before_safelight(Story(body={"cover": "uploads/cover.jpg"}))
        with pytest.raises(CommandError, match="at 'cover' nobody says what is accepted: '/theirs/'"):
            command("gallery.Story.body")


@pytest.mark.usefixtures("file_database")
class TestCommand:
    def test_a_dry_run(self, lie):
        lie()
        row()
        assert command(FIELD, "--dry-run")[-2:] == [
            "A dry run: nothing is recorded.",
            f"Would adopt 1 file: {len(photo()) / 1000:.3g} kB, left as they are.",
        ]
        assert not Blob.objects.exists()

    def test_quietly(self, lie):
        lie()
        row()
        assert command(FIELD, "--verbosity=0") == []
        assert Blob.objects.count() == 1

    @pytest.mark.parametrize("field", ["gallery.Portrait.typo", "gallery.Typo.image", "Portrait.image", "image", ""])
    def test_a_field_that_is_not_there(self, field: str):
        with pytest.raises(CommandError, match="There is no field"):
            command(field)

    @pytest.mark.parametrize("field", ["gallery.Portrait.name", "gallery.Loose.document", "gallery.Plain.picture"])
    def test_a_field_that_names_no_files_of_ours(self, field: str):
        with pytest.raises(CommandError, match="neither an UploadField with a policy nor a JSONField with a schema"):
            command(field)

    def test_not_in_a_transaction(self):
        with transaction.atomic(), pytest.raises(CommandError, match="cannot run inside a transaction"):
            command()
