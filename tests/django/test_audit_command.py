"""`safelight_audit` says in words what it found and what to do, and its exit code tells cron."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from tests.django.app.models import Page, Picture
from tests.django.sweeps import fresh_key, store

from safelight.django.comparison import Comparison
from safelight.django.models import Blob
from safelight.ownership import MARKER

pytestmark = pytest.mark.usefixtures("file_database")


def audit(*arguments: str) -> tuple[list[str], list[str]]:
    """What it says, and what it says of what is left."""
    output = io.StringIO()
    try:
        call_command("safelight_audit", *arguments, stdout=output)
    except CommandError as error:
        return output.getvalue().splitlines(), str(error).splitlines()
    return output.getvalue().splitlines(), []


def test_all_is_in_order():
    Picture.objects.create(image=store())
    assert audit() == (
        [
            *(f"{done} of 3 rows, references and files looked at" for done in (1, 2, 3)),
            "Looked at 3 rows, references and files.",
            "All is in order: rows, references and files agree.",
        ],
        [],
    )


def test_a_storage_that_is_anothers_as_well():
    key, theirs = store(), fresh_key()
    storages["default"].save(MARKER, ContentFile(b"a" * 36))
    storages["default"].save(theirs, ContentFile(b"content"))
    call_command("safelight_installation", "--mark", "default", stdout=io.StringIO())
    said, left = audit("--storage", "--repair", "--verbosity=1")
    assert (
        "Storage 'default' is marked for another installation, too: files in it that this ledger does not know"
        in said[-2]
    )
    assert (said[-1], left) == ("All is in order: rows, references and files agree.", [])
    assert storages["default"].exists(theirs)
    assert not Blob.objects.exclude(pk=key).exists()


def test_what_differs_and_what_to_do():
    gone = Picture.objects.create(image=store())
    key = gone.image.name
    Picture.objects.all()._raw_delete("default")
    body = {str(number): store() for number in range(12)}
    (page,) = Page.objects.bulk_create([Page(body=body)])
    said, left = audit("--verbosity=1")
    assert said[said.index("") :] == [
        "",
        "Difference             Found     Mended",
        "Missing reference         12          0",
        "Stale reference            1          0",
        "",
        "12 missing references: a row names a file, and its ledger does not know.",
        *(f"  {body_key} - gallery.page {page.pk}, body: {place}" for place, body_key in _first_ten(body)),
        "  and 2 more",
        "",
        "1 stale reference: a place that names its file no more, or is gone.",
        f"  {key} - gallery.picture {gone.pk}, image",
        "",
    ]
    assert left == [
        "13 differences left.",
        "Run this with --repair: no row is changed and no byte is touched, only what the ledger knows.",
    ]
    said, left = audit("--repair")
    assert left == []
    assert "Missing reference         12         12" in said
    assert said[-1] == "All of it is mended."
    assert audit("--verbosity=0") == ([], [])


def test_a_name_in_a_document_commands_no_terminal():
    Page.objects.bulk_create([Page(body={"\x1b[2J\nAll is in order": store()})])
    (example,) = [line for line in audit()[0] if "gallery.page" in line]
    assert example.endswith(r"body: \x1b[2J\nAll is in order'")


def _first_ten(body: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(body.items(), key=lambda item: item[1])[:10]


def test_what_nobody_can_mend():
    key = fresh_key()
    Picture.objects.bulk_create([Picture(image=key)])
    said, left = audit("--repair", "--verbosity=0")
    assert said == []
    assert left[0] == "1 difference left."
    assert left[1].startswith("No file can be made out of nothing: upload these again")


def test_some_at_a_time():
    Picture.objects.bulk_create([Picture(image=store()) for _ in range(3)])
    second = Picture.objects.order_by("pk")[1].pk
    said, left = audit("--rotate=2", "--repair")
    assert said[:2] == [
        "2 of 2 rows, references and files looked at",
        "Looked at 2 of about 6 rows, references and files; "
        f"the next run goes on with gallery.picture, after {second}.",
    ]
    assert "Missing reference          2          2" in said
    assert left == []
    said, left = audit("--rotate=1000", "--repair")
    assert any(each.endswith("that is the end of a round, and the next run begins anew.") for each in said)
    assert "Missing reference          1          1" in said
    assert left == []


@pytest.mark.parametrize("number", ["0", "-1", "many", "1000000001"])
def test_a_number_that_is_none(number: str):
    with pytest.raises(CommandError, match="must be a number from 1 to 1000000000"):
        call_command("safelight_audit", f"--rotate={number}")


def test_another_database(second_database: str):
    Picture.objects.using(second_database).bulk_create([Picture(image=fresh_key())])
    assert audit("--verbosity=0") == ([], [])
    assert audit("--verbosity=0", f"--database={second_database}")[1][0] == "1 difference left."


def test_a_database_that_fails(monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(Comparison, "entries", fail)
    assert audit("--verbosity=0")[1] == [
        "The database failed: DatabaseError: the disk is full.",
        "Nothing is lost, and what was done stays done: run this again. If it fails again, this says why: "
        "manage.py safelight_doctor",
    ]
