"""JSONField as a column: Django's own in the database and in migrations, and a schema that is asked when needed."""

import json
import subprocess
import sys
from importlib.machinery import PathFinder

import pytest
from django.contrib import admin as site
from django.core import checks
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter
from django.template import Context, Template
from django.test.utils import isolate_apps
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy
from tests.django.app.models import STORY, Card, Section, Story

from safelight.django.jsonform import JSONField, JSONFormAdminMixin, legacy
from safelight.django.jsonform.checks import check_admin, check_handlers, check_setting
from safelight.django.jsonform.fields import _takes_argument
from safelight.django.models import Blob

FILE = {"type": "string", "format": "file-url"}


class TestLeaving:
    def test_migrations_name_djangos_field(self):
        field = JSONField("words", schema=STORY, file_handler="/x/", pre_save_hook=len, default=dict, null=True)
        field.set_attributes_from_name("body")
        assert field.deconstruct() == (
            "body",
            "django.db.models.JSONField",
            [],
            {"verbose_name": "words", "default": dict, "null": True},
        )
        assert "safelight" not in MigrationWriter.serialize(field)[0]

    def test_a_schema_that_changes_makes_no_migration(self):
        one, other = JSONField(schema=STORY), JSONField(schema=FILE, file_handler="/x/")
        assert one.deconstruct()[1:] == other.deconstruct()[1:] == models.JSONField().deconstruct()[1:]

    @pytest.mark.django_db
    def test_djangos_field_reads_what_ours_wrote(self, admin):
        body = {"title": "x", "cover": admin.key()}
        Story.objects.create(body=body)

        with isolate_apps("tests.django.app"):

            class Left(models.Model):
                body = models.JSONField(default=dict, blank=True)

                class Meta:
                    app_label = "gallery"
                    db_table = Story._meta.db_table

            assert Left.objects.get().body == body
            assert Left.objects.filter(body__title="x").exists()
            Left.objects.update(body={"title": "y"})
        assert Story.objects.get().body == {"title": "y"}


class TestSaving:
    @pytest.mark.django_db
    def test_a_hook_runs_once_and_before_the_references(self, admin, monkeypatch):
        key, calls = admin.key(), []

        def hook(document):
            calls.append(document)
            return {"title": "x", "cover": key, "times": len(calls)}

        monkeypatch.setattr(Story._meta.get_field("body"), "pre_save_hook", hook)
        story = Story.objects.create(pk=5, body={"anything": 1})
        assert (story.body["times"], calls) == (1, [{"anything": 1}])
        assert Blob.objects.get().references.get().path == "cover"
        Story(pk=5, body={}).save()  # an update that Django would first try as one
        assert len(calls) == 2
        Story(pk=6, body={}).save()  # and an insert that it tries as an update
        assert len(calls) == 3

    @pytest.mark.django_db
    def test_a_database_expression_is_not_the_hooks(self):
        story = Story.objects.create(body={"title": "x"})
        story.body = models.Value({"title": " y "}, output_field=models.JSONField())
        story.save()
        story.refresh_from_db()
        assert story.body == {"title": " y "}

    @pytest.mark.django_db
    def test_update_fields(self, admin):
        story = Story.objects.create(body={"title": "x"})
        story.body = {"title": "x", "cover": admin.key()}
        story.save(update_fields=["slug"])
        assert Blob.objects.get().free_since
        story.save(update_fields=["body"])
        assert Blob.objects.get().free_since is None

    @pytest.mark.django_db
    def test_a_schema_that_cannot_work_loses_no_file(self, admin, monkeypatch):
        monkeypatch.setattr(Story._meta.get_field("body"), "schema", lambda: {"type": "nonsense"})
        Story.objects.create(body={"anywhere": [{"at": admin.key()}]})
        assert Blob.objects.get().references.get().path == "anywhere§0§at"
        assert Blob.objects.get().free_since is None

    @pytest.mark.django_db
    def test_a_schema_of_the_row(self, admin):
        card = Card.objects.create(kind="back", faces={"back": admin.key(), "front": "nothing"})
        assert Blob.objects.get().references.get().path == "back"
        card.faces = {}
        card.save()
        assert Blob.objects.get().free_since


class TestSchemas:
    def test_callables(self):
        class Rows:
            def of(self, instance):
                return FILE

            def alone(self):
                return FILE

        assert _takes_argument(Rows().of)
        assert _takes_argument(lambda instance=None: FILE)
        assert _takes_argument(lambda instance, *, more=1: FILE)
        assert not _takes_argument(Rows().alone)
        assert not _takes_argument(lambda: FILE)
        assert not _takes_argument(lambda **more: FILE)
        assert not _takes_argument(dict)

    def test_handlers_in_their_order(self, settings):
        schema = {"type": "dict", "keys": {"a": {**FILE, "handler": reverse_lazy("other-file-handler")}, "b": FILE}}
        field = JSONField(schema=schema, file_handler=reverse_lazy("json-file-handler"))
        places = field.schema_of(None)
        settings.SAFELIGHT = {"FILE_HANDLER": "/setting/"}
        settings.DJANGO_JSONFORM = {"FILE_HANDLER": "/old/"}
        assert field.handler_url(places.file_at(["a"])) == "/other-file-handler/"
        assert field.handler_url(places.file_at(["b"])) == "/json-file-handler/"
        assert JSONField(schema=FILE).handler_url() == "/setting/"
        settings.SAFELIGHT = {"FILE_HANDLER": reverse_lazy("json-file-handler")}
        assert JSONField(schema=FILE).handler_url() == "/json-file-handler/"
        settings.SAFELIGHT = {}
        assert JSONField(schema=FILE).handler_url() == "/old/"
        settings.DJANGO_JSONFORM = {}
        assert JSONField(schema=FILE).handler_url() is None

    def test_lazy_texts_get_into_the_page(self):
        field = JSONField(
            schema={"type": "string", "title": gettext_lazy("Yes"), "handler": reverse_lazy("admin:index")}
        )
        field.set_attributes_from_name("body")
        field.model = Story
        form_field = field.formfield()
        form_field.widget.document_field = form_field
        assert '"title": "Yes", "handler": "/admin/"' in form_field.widget.render("body", "{}")

    def test_without_a_schema_it_is_djangos_field(self):
        from django import forms

        assert type(JSONField().formfield()) is forms.JSONField
        assert JSONField().safelight_holds is False


def ids(**options: object) -> list[str]:
    with isolate_apps("tests.django.app"):

        class Thing(models.Model):
            body = JSONField(**options)

            class Meta:
                app_label = "gallery"

        return [message.id for message in Thing._meta.get_field("body").check()]


class TestChecks:
    @pytest.mark.parametrize(
        "schema",
        [
            {},
            {"type": "nonsense"},
            {"type": "array"},
            {"type": "string", "pattern": "("},
            {"$ref": "#/nowhere"},
            {"$ref": "https://example.com/schema.json"},
            {"type": "dict", "keys": []},
            [],
            "x",
        ],
    )
    def test_a_schema_that_cannot_work(self, schema):
        assert ids(schema=schema) == ["safelight.E010"]

    @pytest.mark.parametrize("schema", [STORY, FILE, None, lambda: {"type": "nonsense"}, lambda instance: 1 / 0])
    def test_one_that_can_or_that_nobody_can_tell(self, schema):
        assert ids(schema=schema, default=dict) == []

    def handlers(self, monkeypatch, **options: object) -> list[str]:
        for name, value in options.items():
            monkeypatch.setattr(Section._meta.get_field("data"), name, value)
        monkeypatch.setattr(Section._meta.get_field("data"), "_schema", None)
        return [message.id for message in check_handlers()]

    def test_file_handlers(self, monkeypatch, settings):
        assert self.handlers(monkeypatch) == []
        assert self.handlers(monkeypatch, file_handler="/nowhere/") == ["safelight.E011"]
        assert self.handlers(monkeypatch, file_handler=reverse_lazy("nothing")) == ["safelight.E011"]
        assert self.handlers(monkeypatch, file_handler="https://example.com/files/") == []
        assert self.handlers(monkeypatch, file_handler=None, schema={**FILE, "policy": "nothing"}) == ["safelight.E012"]
        assert self.handlers(monkeypatch, file_handler=None, schema={**FILE, "format": "data-url"}) == []

    def test_none_at_all(self, settings):
        settings.SAFELIGHT = {}
        messages = check_handlers()
        assert {message.id for message in messages} == {"safelight.E011"}
        assert {str(message.obj) for message in messages} == {"gallery.Story.body", "gallery.Section.data"}

    def test_the_old_setting(self, settings):
        assert check_setting() == []
        settings.SAFELIGHT, settings.DJANGO_JSONFORM = {}, {"FILE_HANDLER": "/json-file-handler/"}
        assert [message.id for message in check_setting()] == ["safelight.W014"]

    def test_an_admin_that_does_not_know_for_whom(self, monkeypatch):
        assert check_admin() == []

        class Plain(site.TabularInline):
            model = Section

        class Hidden(site.TabularInline):
            model = Section
            exclude = ("data",)

        page = site.site.get_model_admin(Story)
        assert isinstance(page, JSONFormAdminMixin)
        monkeypatch.setattr(page, "inlines", (Plain, Hidden))
        monkeypatch.setitem(site.site._registry, Card, site.ModelAdmin(Card, site.site))
        assert [(message.id, message.obj) for message in check_admin()] == [
            ("safelight.W013", Plain),
            ("safelight.W013", site.ModelAdmin),
        ]

    def test_wrong_settings(self, settings):
        from safelight.django.checks import check_settings

        for wrong in ({"DOCUMENT_BYTES": 0}, {"DOCUMENT_BYTES": "x"}):
            settings.SAFELIGHT = wrong
            assert [message.id for message in check_settings()] == ["safelight.E001"]

    def test_are_silent_while_the_settings_are_wrong(self, settings):
        settings.SAFELIGHT, settings.DJANGO_JSONFORM = {"NOTHING": 1}, {"FILE_HANDLER": "/x/"}
        assert check_handlers() == check_setting() == []

    @pytest.mark.django_db
    def test_the_whole_project(self):
        call_command("check")
        assert not checks.run_checks()


class TestOldMigrations:
    @pytest.fixture(autouse=True)
    def without_django_jsonform(self, monkeypatch):
        """The tests' environment has it; here it is uninstalled."""

        class Finder(PathFinder):
            @classmethod
            def find_spec(cls, name, path=None, target=None):
                return None if name == "django_jsonform" else super().find_spec(name, path, target)

        for name in [name for name in sys.modules if name.partition(".")[0] == "django_jsonform"]:
            monkeypatch.delitem(sys.modules, name)
        before = {*sys.modules}
        monkeypatch.setattr(sys, "meta_path", [Finder if it is PathFinder else it for it in sys.meta_path])
        legacy.stand_in()
        yield
        for name in [name for name in {*sys.modules} - before if name.partition(".")[0] == "django_jsonform"]:
            del sys.modules[name]

    def test_load_without_django_jsonform(self):
        import django_jsonform.forms.fields
        import django_jsonform.models.fields

        field = django_jsonform.models.fields.JSONField(blank=True, schema=STORY, default=dict)
        assert isinstance(field, models.JSONField)
        assert field.deconstruct()[3] == {"blank": True, "default": dict}
        assert django_jsonform.forms.fields.JSONFormField

    @pytest.mark.django_db(transaction=True)
    def test_run(self):
        import django_jsonform.models.fields

        create = migrations.CreateModel(
            "Old",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("body", django_jsonform.models.fields.JSONField(default=dict)),
            ],
        )
        alter = migrations.AlterField("Old", "body", JSONField(schema=STORY, default=dict))
        states = [ProjectState()]
        with connection.schema_editor() as editor:
            for operation in (create, alter):
                state = states[-1].clone()
                operation.state_forwards("gallery", state)
                operation.database_forwards("gallery", editor, states[-1], state)
                states.append(state)
        old = states[-1].apps.get_model("gallery", "Old")
        try:
            old.objects.create(body={"title": "x"})
            assert old.objects.get().body == {"title": "x"}
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(old)


class TestTemplates:
    @pytest.fixture
    def rendered(self):
        def render(text: str, **context: object) -> str:
            return Template("{% load safelight static %}" + text).render(Context(context))

        return render

    @pytest.mark.django_db
    def test_the_address_of_a_file(self, admin, rendered):
        body = json.loads(json.dumps({"cover": admin.key(), "empty": "", "old": "uploads/old.png"}))
        assert rendered("{{ body.cover|file_url }}", body=body) == f"/media/{body['cover']}"
        assert rendered("{% get_media_prefix %}{{ body.cover }}", body=body) == f"/media/{body['cover']}"
        assert rendered("{{ body.old|file_url }}", body=body) == "/media/uploads/old.png"

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "value",
        ["", None, 5, [], {}, "javascript:alert(1)", "../../etc/passwd", "a\0b", "\ud800", "2026/" + "a" * 29 + ".jpg"],
    )
    def test_of_what_names_none(self, rendered, value):
        answer = rendered("{{ value|file_url }}{{ missing|file_url }}", value=value)
        assert answer in ("", "/media/2026/" + "a" * 29 + ".jpg")
        assert rendered("{{ value|file_facts }}{{ missing|file_facts }}", value=value) == "NoneNone"

    @pytest.mark.django_db
    def test_the_facts_of_a_file(self, admin, rendered, django_assert_num_queries):
        key = admin.key()
        with django_assert_num_queries(1):
            shown = rendered(
                "{% with it=key|file_facts %}{{ it.url }} {{ it.filename }} {{ it.media_type }} {{ it.size }} "
                "{{ it.width }} x {{ it.height }}, {{ it.metadata.type }}{% endwith %}",
                key=key,
            )
        url, *_, kind = shown.split(" ")
        assert (url, kind) == (f"/media/{key}", "JPEG")
        assert " 37 x 23, " in shown


def test_needs_no_other_app_than_safelights():
    """Neither the admin nor users, nor the package that validates."""
    program = """
import sys
from django.conf import settings
settings.configure(INSTALLED_APPS=["safelight.django"], DATABASES={})
import django
django.setup()
import safelight.django.jsonform
assert not [name for name in sys.modules if name.startswith(("django.contrib.", "jsonschema", "rest_framework"))]
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
