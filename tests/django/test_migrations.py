"""In migrations an UploadField is a FileField, so that Safelight can come and go without a trace."""

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations import SeparateDatabaseAndState
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from tests.django.app.models import PICTURES, Portrait

from safelight.django import UploadField

WITH = {"upload_to": "images/", "blank": True, "help_text": "A picture"}


def changes(before: models.Field, after: models.Field) -> dict:
    states = []
    for field in (before, after):
        state = ProjectState()
        state.add_model(
            ModelState("gallery", "Thing", [("id", models.BigAutoField(primary_key=True)), ("file", field)])
        )
        states.append(state)
    return MigrationAutodetector(*states)._detect_changes()


def test_the_migration_names_djangos_field_and_no_policy():
    name, path, args, kwargs = Portrait._meta.get_field("image").deconstruct()
    assert (name, path, args) == ("image", "django.db.models.FileField", [])
    assert kwargs == {"upload_to": "", "blank": True, "null": True}


def test_the_migration_can_be_written_without_safelight():
    text, _ = MigrationWriter.serialize(UploadField(policy=PICTURES, width_field="width", **WITH))
    assert text == "models.FileField(blank=True, help_text='A picture', upload_to='images/')"


@pytest.mark.parametrize("options", [{}, {"width_field": "width", "height_field": "height"}])
def test_swapping_with_a_filefield_is_no_change(options):
    ours, djangos = UploadField(policy=PICTURES, **options, **WITH), models.FileField(**WITH)
    assert changes(djangos, ours) == {}
    assert changes(ours, djangos) == {}
    assert changes(ours, UploadField(**WITH)) == {}


def test_a_real_change_is_one():
    assert changes(UploadField(policy=PICTURES), UploadField(policy=PICTURES, max_length=200))


class TestFromAnImageField:
    """Its columns hold the same names, so that nothing has to happen to a table."""

    BEFORE = models.ImageField(upload_to="portraits/", blank=True, width_field="width", height_field="height")
    AFTER = UploadField(policy=PICTURES, upload_to="members/", blank=True, width_field="width", height_field="height")

    def migration(self, before: models.Field, after: models.Field, *, of_state_alone: bool = False) -> list[str]:
        """What ``sqlmigrate`` prints of the one that ``makemigrations`` writes, on the default database."""
        (written,) = changes(before, after)["gallery"]
        if of_state_alone:
            written.operations = [SeparateDatabaseAndState(state_operations=written.operations)]
        state = ProjectState()
        state.add_model(
            ModelState("gallery", "Thing", [("id", models.BigAutoField(primary_key=True)), ("file", before)])
        )
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            written.apply(state, editor, collect_sql=True)
        return [line for line in editor.collected_sql if line == "-- (no-op)" or not line.startswith("--")]

    @pytest.mark.usefixtures("postgresql_database")
    def test_postgresql_has_nothing_to_do(self):
        assert self.migration(self.BEFORE, self.AFTER) == ["-- (no-op)"]
        assert self.migration(self.AFTER, self.BEFORE) == ["-- (no-op)"]

    @pytest.mark.usefixtures("file_database")
    def test_sqlite_copies_the_table_unless_it_is_told_not_to(self):
        assert any("INSERT INTO" in line for line in self.migration(self.BEFORE, self.AFTER))
        assert self.migration(self.BEFORE, self.AFTER, of_state_alone=True) == ["-- (no-op)"]

    def test_the_dimensions_keep_their_columns(self):
        assert (self.AFTER.width_field, self.AFTER.height_field) == ("width", "height")


@pytest.mark.django_db
def test_safelights_own_migrations_are_complete():
    call_command("makemigrations", "safelight", check=True, dry_run=True, verbosity=0)
