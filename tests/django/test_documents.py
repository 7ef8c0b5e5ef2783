"""Fields for what is no picture: stored, shown in the admin and given out as downloads."""

import base64

import pytest
from django import forms
from django.contrib.auth.models import User
from django.db import models
from django.test.utils import isolate_apps
from rest_framework import serializers
from tests.django.app.api import PaperSerializer
from tests.django.app.models import ATTACHMENTS, PAPERS, Paper, Picture, before_safelight
from tests.document_files import open_xml, pdf
from tests.pictures import photo

from safelight import DOCUMENTS, FILES, IMAGES, Policy
from safelight.django import UploadField
from safelight.django.forms import UploadFormField
from safelight.django.models import Blob
from safelight.django.rest_framework import Base64FileField, Base64ImageField
from safelight.errors import ConfigurationError
from safelight.policy import CSV, DOCX, PDF, TEXT

pytestmark = pytest.mark.django_db


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def paper(upload) -> Paper:
    return Paper.objects.create(
        document=upload(pdf() + b"tail", name="report.pdf"), attachment=upload(photo(), name="a&b.html")
    )


class TestField:
    def test_a_document_has_facts_and_no_dimensions(self, paper, stored):
        file = Paper.objects.get().document
        assert (file.size, file.width, file.height, file.blob.media_type) == (len(pdf()), None, None, PDF)
        assert file.name.startswith("papers/")
        assert file.name.endswith(".pdf")
        with file.open() as content:
            assert content.read() == pdf()
        assert len(stored()) == 2

    def test_any_file_is_stored_as_it_is_and_never_as_what_it_looks_like(self, paper):
        file = Paper.objects.get().attachment
        assert (file.blob.media_type, file.blob.as_sent, file.width) == ("image/jpeg", True, None)
        assert file.name.endswith(".bin")
        with file.open() as content:
            assert content.read() == photo()

    def test_a_form_takes_documents_and_names_what_it_refuses(self, upload):
        form_class = forms.modelform_factory(Paper, fields=["document", "attachment"])
        assert not form_class(files={"document": upload(photo())}).is_valid()
        form = form_class(files={"document": upload(b"<html>")})
        assert "This is an HTML page; accepted: CSV, Excel (xlsx)" in form.errors["document"][0]
        form = form_class(files={"document": upload(open_xml("docx"))})
        assert form.is_valid()
        assert form.save().document.blob.media_type == DOCX

    def test_a_form_says_which_files_to_choose(self):
        def accept(types):
            return UploadFormField(policy=Policy("x", types=types)).widget.attrs.get("accept")

        assert accept({PDF, CSV}) == "application/pdf,text/csv,.csv,.pdf"
        assert accept(IMAGES) == ",".join(sorted(IMAGES))
        assert ".docx" in accept(IMAGES | DOCUMENTS).split(",")
        assert accept(FILES) is None
        assert accept(FILES | IMAGES) is None

    @isolate_apps("tests.django.app")
    def test_columns_for_dimensions_cannot_be_filled(self):
        class Wide(models.Model):
            document = UploadField(policy=PAPERS, width_field="width")
            either = UploadField(policy=Policy("either", types=IMAGES | DOCUMENTS), width_field="width")
            width = models.IntegerField(null=True)

            class Meta:
                app_label = "gallery"

        (error,) = Wide._meta.get_field("document").check()
        assert (error.id, "takes no pictures" in error.msg) == ("safelight.E006", True)
        assert Wide._meta.get_field("either").check() == []


class TestDelivery:
    @pytest.mark.parametrize(
        ("column", "media_type", "name"),
        [("document", "application/pdf", "report.pdf"), ("attachment", "image/jpeg", "a%26b.html")],
    )
    def test_what_is_no_verified_picture_is_a_download(self, client, paper, column, media_type, name):
        response = client.get(getattr(paper, column).url)
        body = b"".join(response.streaming_content)
        assert body == (pdf() if column == "document" else photo())
        assert response["Content-Type"] == media_type
        assert response["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"

    def test_a_text_is_not_saved_as_a_program(self, client, upload):
        paper = Paper.objects.create(document=upload(b"del *.*", name="run.bat"))
        response = client.head(paper.document.url)
        assert response["Content-Type"] == TEXT
        assert response["Content-Disposition"] == "attachment; filename*=UTF-8''run.bat.txt"


class TestAdmin:
    @pytest.fixture
    def signed_in(self, client):
        client.force_login(User.objects.create_superuser("admin"))
        return client

    def test_the_list_links_to_the_file(self, signed_in, paper):
        page = signed_in.get("/admin/gallery/paper/").content.decode()
        assert "safelight-thumbnail" not in page
        assert f'<a href="{paper.document.url}">report.pdf</a>' in page
        assert f'<span class="safelight-kind">PDF, {len(pdf())} bytes</span>' in page

    def test_of_any_file_the_list_shows_what_it_looks_like_but_not_the_file(self, rf, paper):
        from django.contrib.admin import site
        from tests.django.app.admin import PaperAdmin

        admin = PaperAdmin(Paper, site)
        admin.upload_field = "attachment"
        assert admin.thumbnail(paper) == (
            '<span class="safelight-file"><span class="safelight-tile" aria-hidden="true">BIN</span> '
            f'<span><a href="{paper.attachment.url}">a&amp;b.html</a> '
            f'<span class="safelight-kind">JPEG, {len(photo()) / 1000:.3g} kB</span></span></span>'
        )

    def test_a_document_from_before_safelight_is_a_link_too(self, signed_in):
        before_safelight(Paper(document="old/report.doc"))
        page = signed_in.get("/admin/gallery/paper/").content.decode()
        assert '<a href="/media/old/report.doc">old/report.doc</a>' in page

    def test_the_facts(self, signed_in, paper):
        page = signed_in.get(f"/admin/gallery/paper/{paper.pk}/change/").content.decode()
        sha256 = paper.document.blob.sha256
        for fact in ("PDF", PDF, f"{len(pdf())} bytes", "-", "report.pdf", f"<code>{sha256}</code>"):
            assert f"<dd>{fact}</dd>" in page

    def test_adding(self, signed_in, upload):
        answer = signed_in.post("/admin/gallery/paper/add/", {"document": upload(b"a;b\n1;2\n", name="a.csv")})
        assert answer.status_code == 302
        assert Paper.objects.get().document.blob.media_type == CSV


class TestRestFramework:
    def test_the_serializer_field_is_one_for_files(self):
        field = PaperSerializer().fields["document"]
        assert isinstance(field, Base64FileField)
        assert not isinstance(field, serializers.ImageField)
        assert field.policy == PAPERS
        assert PaperSerializer().fields["attachment"].policy == ATTACHMENTS

    def test_takes_documents_as_text(self, api):
        response = api.post("/api/papers/", {"document": encoded(pdf()), "attachment": encoded(b"\0\1")})
        assert response.status_code == 201
        paper = Paper.objects.get()
        assert paper.document.blob.media_type == PDF
        assert paper.attachment.blob.media_type == "application/octet-stream"
        assert response.json()["document"] == f"http://testserver{paper.document.url}"
        assert api.put(f"/api/papers/{paper.pk}/", response.json()).status_code == 200
        assert Blob.objects.count() == 2

    def test_takes_documents_as_form_parts(self, api, upload):
        response = api.post("/api/papers/", {"document": upload(open_xml("xlsx"), name="x.exe")}, format="multipart")
        assert response.status_code == 201
        assert Paper.objects.get().document.name.endswith(".xlsx")

    @pytest.mark.parametrize(
        ("data", "status", "words"),
        [
            (photo(), 415, "This is a JPEG picture; accepted: CSV"),
            (pdf()[:-20], 422, "The file is damaged"),
            (pdf(b"<</S/JavaScript/JS()>>"), 415, "a PDF document with JavaScript"),
        ],
    )
    def test_refusals(self, api, data, status, words, stored):
        response = api.post("/api/papers/", {"document": encoded(data)})
        assert response.status_code == status
        assert words in response.json()["document"][0]
        assert (stored(), Paper.objects.count()) == ([], 0)

    def test_allowed_types_may_be_documents(self, upload):
        class Field(Base64FileField):
            ALLOWED_TYPES = ("pdf", "txt")

        class Serializer(serializers.Serializer):
            file = Field()
            narrowed = Field(policy=ATTACHMENTS)

        assert {field.policy.types for field in Serializer().fields.values()} == {frozenset({PDF, TEXT})}

    def test_a_field_for_pictures_on_a_column_for_documents_is_a_mistake(self):
        class Serializer(serializers.ModelSerializer):
            document = Base64ImageField()

            class Meta:
                model = Paper
                fields = ("document",)

        with pytest.raises(ConfigurationError, match="Base64ImageField takes nothing of what policy 'papers' does"):
            Serializer().fields["document"]

    def test_pictures_are_as_ever(self, api):
        assert api.post("/api/pictures/", {"image": encoded(pdf())}).status_code == 415
        assert Picture.objects.count() == 0
