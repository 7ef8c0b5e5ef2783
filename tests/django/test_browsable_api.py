"""The browsable API: its form takes a file or base64, and its raw data would be accepted as they stand."""

import base64
import json
import re
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework import renderers, routers, serializers, viewsets
from rest_framework.renderers import BrowsableAPIRenderer, HTMLFormRenderer
from rest_framework.test import APIClient
from tests.django.app.api import PaperSerializer, PictureSerializer, PortraitSerializer
from tests.django.app.models import PICTURES, Loose, Paper, Picture, Portrait
from tests.pictures import photo, png

from safelight import Policy
from safelight.django.rest_framework import Base64FileField, Base64ImageField, JSONParser
from safelight.django.rest_framework.samples import SAMPLES
from safelight.pipeline import check
from safelight.policy import DOCUMENTS, DOCX, FILES, IMAGES
from safelight.receive import from_text

TEXT = base64.b64encode(photo()).decode()
TEMPLATE = "safelight/rest_framework/file_or_base64.html"


class Browsable(viewsets.ModelViewSet):
    renderer_classes = (renderers.JSONRenderer, BrowsableAPIRenderer)


class Pictures(Browsable):
    queryset = Picture.objects.order_by("pk")
    serializer_class = PictureSerializer


class Portraits(Browsable):
    queryset = Portrait.objects.order_by("pk")
    serializer_class = PortraitSerializer


class Papers(Browsable):
    queryset = Paper.objects.order_by("pk")
    serializer_class = PaperSerializer


router = routers.SimpleRouter()
for name, view in (("pictures", Pictures), ("portraits", Portraits), ("papers", Papers)):
    router.register(name, view)
urlpatterns = router.urls

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class Form(HTMLParser):
    """What a browser makes of a form: its inputs with what is in them, its labels, and its elements by their ids."""

    def __init__(self, page: str, ending: str = "object-form") -> None:
        super().__init__()
        self.inputs: list[dict[str, str | None]] = []
        self.labels: dict[str, str] = {}
        self.by_id: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []
        start = re.search(rf'id="(?:post-|put-)?{ending}"', page).start() if ending else 0
        self.html = page[start : page.find("</form>", start)] if ending else page
        self.feed(self.html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag in ("input", "textarea"):
            self.inputs.append(attributes | {"tag": tag, "value": attributes.get("value") or ""})
        if identity := attributes.get("id"):
            assert identity not in self.by_id
            self.by_id[identity] = ""
        if tag != "input":
            self._open.append((tag, attributes))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for tag, attributes in self._open:
            if tag == "textarea":
                self.inputs[-1]["value"] += data.removeprefix("\n")
            if tag == "label" and attributes.get("for"):
                self.labels[attributes["for"]] = self.labels.get(attributes["for"], "") + data
            if attributes.get("id"):
                self.by_id[attributes["id"]] += " ".join(data.split())

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [one for one in self.inputs if one.get("name") == name]

    def text(self, name: str = "image") -> str | None:
        return next(one["value"] for one in self.named(name) if one["tag"] == "textarea")

    def errors(self, name: str = "image") -> str:
        (described,) = {one["aria-describedby"] for one in self.named(name)}
        return self.by_id[described.split()[0]]


def look(client: APIClient, path: str, **kind: str) -> Form:
    response = client.get(path, headers={"Accept": "text/html"})
    return Form(response.content.decode(), **kind)


def send(client: APIClient, path: str, parts: list[tuple[str, str | SimpleUploadedFile | None]], method: str = "POST"):
    """As a browser sends a form, with its empty inputs, in this order."""
    body = b""
    for name, value in parts:
        if isinstance(value, str):
            filename, content = "", value.encode()
        else:
            sent, content = (value.name, value.read()) if value else ("", b"")
            filename = f'; filename="{sent}"\r\nContent-Type: application/octet-stream'
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'.encode() + content + b"\r\n"
    kind = "multipart/form-data; boundary=b"
    return client.generic(method, path, body + b"--b--\r\n", kind, headers={"Accept": "text/html"})


NO_FILE = None


class TestForm:
    def test_has_an_input_for_a_file_and_one_for_text_of_the_same_name(self, api):
        file, text = look(api, "/pictures/").named("image")
        assert (file["tag"], file["type"]) == ("input", "file")
        assert file["accept"] == "image/avif,image/gif,image/jpeg,image/png,image/webp"
        assert (text["tag"], text["value"]) == ("textarea", "")
        assert not {"required"} & {*file, *text}

    def test_is_labelled_for_screen_readers(self, api):
        form = look(api, "/pictures/")
        for one, label in zip(form.named("image"), ("File", "or its base64, or a data URL"), strict=True):
            assert form.labels[one["id"]] == label
            errors, about = one["aria-describedby"].split()
            assert (form.by_id[errors], form.by_id[about]) == ("", "AVIF, GIF, JPEG, PNG and WebP, at most 200 kB.")
        (group,) = re.findall(r'role="group" aria-labelledby="([^"]+)"', form.html)
        assert form.by_id[group] == "Image"

    def test_of_documents_says_what_is_accepted(self, api):
        form = look(api, "/papers/")
        assert ".docx" in form.named("document")[0]["accept"]
        assert "accept" not in form.named("attachment")[0]
        assert "any file, at most 200 kB." in form.by_id["POST-attachment-help"]

    def test_has_nothing_that_a_strict_policy_forbids(self, api):
        form = look(api, "/pictures/")
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", form.html)

    def test_that_is_sent_as_it_is_sends_nothing(self, api, stored):
        response = send(api, "/pictures/", [("title", ""), ("image", NO_FILE), ("image", "")])
        form = Form(response.content.decode())
        assert (response.status_code, stored()) == (400, [])
        assert form.errors() == "No file was sent. Send one as base64 or as a form file."
        assert {one["aria-invalid"] for one in form.named("image")} == {"true"}

    @pytest.mark.parametrize("text", [TEXT, f"data:image/png;base64,{TEXT}", f"\r\n{TEXT[:76]}\r\n{TEXT[76:]}\r\n"])
    def test_takes_text(self, api, stored, text):
        for parts in ([("image", NO_FILE), ("image", text)], [("image", text), ("image", NO_FILE)]):
            assert send(api, "/pictures/", parts).status_code == 201
        assert len(stored()) == 2

    def test_takes_a_file(self, api, upload):
        response = send(api, "/pictures/", [("image", upload(name="a.jpg")), ("image", "")])
        assert response.status_code == 201
        assert Picture.objects.get().image.blob.filename == "a.jpg"

    @pytest.mark.parametrize("text", [TEXT, "not base64"])
    def test_takes_the_file_if_both_are_there(self, api, upload, text):
        for pick in (1, -1):
            parts = [("image", upload(png(9, 9), "a.png", "image/png")), ("image", text)][::pick]
            assert send(api, "/pictures/", parts).status_code == 201
            assert Picture.objects.latest("pk").image.width == 9

    def test_is_empty_again_after_a_creation(self, api, upload):
        form = Form(send(api, "/pictures/", [("image", upload())]).content.decode())
        assert (form.text(), form.errors()) == ("", "")


class TestErrors:
    def test_stand_beside_the_field_with_what_was_typed(self, api):
        response = send(api, "/pictures/", [("title", "t"), ("image", NO_FILE), ("image", "<b>no base64")])
        form = Form(response.content.decode())
        assert response.status_code == 400
        assert form.errors() == "The text holds characters that are not base64."
        assert (form.text(), form.named("title")[0]["value"]) == ("<b>no base64", "t")
        assert "<b>no" not in response.content.decode()

    def test_of_a_file_stand_there_too(self, api, upload):
        response = send(api, "/pictures/", [("image", upload(b"<html>")), ("image", "")])
        form = Form(response.content.decode())
        assert response.status_code == 415
        assert form.errors() == "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."
        assert form.text() == ""

    def test_of_a_file_that_was_not_read_to_its_end_stand_there_too(self, api, upload):
        response = send(api, "/pictures/", [("title", "t"), ("image", upload(bytes(300_000))), ("image", "")])
        assert response.status_code == 413
        assert Form(response.content.decode()).errors() == "The file is too large: at most 200 kB are accepted."

    def test_of_other_fields_keep_the_text(self, api):
        form = Form(send(api, "/pictures/", [("title", "x" * 51), ("image", TEXT)]).content.decode())
        assert (form.text(), form.errors()) == (TEXT, "")

    def test_are_the_same_for_programs(self, api):
        assert api.post("/pictures/", {"image": "!!!!"}).json() == {
            "code": "bad_base64",
            "detail": "The text holds characters that are not base64.",
            "image": ["The text holds characters that are not base64."],
        }


class TestUpdate:
    @pytest.fixture
    def picture(self, upload) -> Picture:
        return Picture.objects.create(image=upload())

    def test_shows_the_address_which_changes_nothing(self, api, picture):
        path = f"/pictures/{picture.pk}/"
        form = look(api, path)
        assert form.text() == f"http://testserver{picture.image.url}"
        assert form.by_id["PUT-image-help"].endswith("Its present address, sent again, keeps it.")
        parts = [("title", "new"), ("image", NO_FILE), ("image", form.text())]
        assert send(api, path, parts, "PUT").status_code == 200
        again = Picture.objects.get()
        assert (again.title, again.image.name) == ("new", picture.image.name)

    def test_takes_a_file_in_its_place(self, api, picture, upload):
        parts = [("image", upload(png(9, 9))), ("image", picture.image.url)]
        response = send(api, f"/pictures/{picture.pk}/", parts, "PUT")
        assert response.status_code == 200
        assert Form(response.content.decode()).text().endswith(Picture.objects.get().image.url)
        assert Picture.objects.get().image.width == 9

    def test_that_was_refused_still_shows_the_address(self, api, picture, upload):
        """Or the next one would send nothing, and clear the column where it may be empty."""
        parts = [("image", upload(b"<html>")), ("image", f"http://testserver{picture.image.url}")]
        form = Form(send(api, f"/pictures/{picture.pk}/", parts, "PUT").content.decode())
        assert form.errors().startswith("This is an HTML page")
        assert form.text() == f"http://testserver{picture.image.url}"

    def test_with_nothing_is_refused_where_there_must_be_a_file(self, api, picture):
        response = send(api, f"/pictures/{picture.pk}/", [("image", NO_FILE), ("image", "")], "PUT")
        form = Form(response.content.decode())
        assert (response.status_code, form.text()) == (400, "")
        assert form.errors().startswith("No file was sent.")
        assert Picture.objects.get().image.name == picture.image.name

    def test_with_nothing_clears_where_there_need_be_none(self, api, upload):
        portrait = Portrait.objects.create(name="ada", image=upload())
        parts = [("name", "ada"), ("image", NO_FILE), ("image", "")]
        assert send(api, f"/portraits/{portrait.pk}/", parts, "PUT").status_code == 200
        assert not Portrait.objects.get().image

    def test_shows_no_base64(self, upload):
        class Serializer(serializers.ModelSerializer):
            image = Base64ImageField(represent_in_base64=True)

            class Meta:
                model = Picture
                fields = ("image",)

        picture = Picture.objects.create(image=upload())
        form = Form(HTMLFormRenderer().render(Serializer(picture).data), ending="")
        assert form.text() == ""


class TestStyle:
    """In a template of one's own, ``{% render_form serializer %}`` or a pack; and a developer's own choice."""

    @staticmethod
    def rendered(field: serializers.Field, **style: str) -> str:
        serializer = type("ASerializer", (serializers.Serializer,), {"image": field})()
        return HTMLFormRenderer().render(serializer.data, renderer_context={"style": style})

    @pytest.mark.parametrize("pack", ["vertical", "horizontal", "inline"])
    def test_packs(self, pack):
        page = self.rendered(Base64ImageField(help_text="A face."), template_pack=f"rest_framework/{pack}")
        form = Form(page, ending="")
        assert [one["tag"] for one in form.named("image")] == ["input", "textarea"]
        assert form.by_id["form-image-help"] == "A face. AVIF, GIF, JPEG, PNG and WebP, at most 20 MB."
        assert ("col-sm-10" in page, "sr-only" in page) == (pack == "horizontal", pack == "inline")

    @pytest.mark.parametrize("style", [{"input_type": "file"}, {"base_template": "textarea.html"}])
    def test_a_developers_own_stays(self, style):
        field = Base64ImageField(style=style)
        serializer = type("ASerializer", (serializers.Serializer,), {"image": field})()
        assert serializer.fields["image"].style == style
        assert len(Form(self.rendered(field), ending="").named("image")) == 1

    def test_other_wishes_are_heard(self):
        field = Base64ImageField(style={"hide_label": True, "rows": 12, "placeholder": "Paste <here>"})
        (_, text) = Form(page := self.rendered(field), ending="").named("image")
        assert (text["rows"], text["placeholder"], "sr-only" in page) == ("12", "Paste <here>", True)

    def test_a_file_field_in_every_respect_has_drfs_input(self):
        class Serializer(serializers.ModelSerializer):
            class Meta:
                model = Loose
                fields = ("document",)

        assert PictureSerializer().fields["image"].style == {"template": TEMPLATE}
        assert Serializer().fields["document"].style == {}

    def test_without_the_app_there_is_no_template(self, monkeypatch):
        monkeypatch.setattr("safelight.django.rest_framework.fields.apps.is_installed", lambda name: False)
        (only,) = Form(self.rendered(Base64ImageField()), ending="").named("image")
        assert only["type"] == "file"

    def test_nested_fields_have_their_own_names(self):
        nested = type("Nested", (serializers.Serializer,), {"image": Base64ImageField()})()
        page = self.rendered(nested)
        assert len(Form(page, ending="").named("image.image")) == 2


class TestRawData:
    @pytest.mark.parametrize(("path", "model"), [("pictures", Picture), ("portraits", Portrait)])
    def test_are_accepted_as_they_stand(self, api, path, model):
        content = json.loads(self.content(api, f"/{path}/", "post"))
        assert content["image"].startswith("data:image/png;base64,")
        assert api.post(f"/{path}/", content).status_code == 201
        assert model.objects.get().image.width == 8

    def test_of_an_update_change_nothing(self, api, upload):
        picture = Picture.objects.create(title="t", image=upload())
        content = json.loads(self.content(api, f"/pictures/{picture.pk}/", "put"))
        assert api.put(f"/pictures/{picture.pk}/", content).json() == content
        assert Picture.objects.get().image.name == picture.image.name

    def test_of_an_update_of_nothing_say_so(self, api):
        portrait = Portrait.objects.create(name="ada")
        content = json.loads(self.content(api, f"/portraits/{portrait.pk}/", "put"))
        assert content["image"] is None
        assert api.put(f"/portraits/{portrait.pk}/", content).status_code == 200

    @staticmethod
    def content(client: APIClient, path: str, method: str) -> str:
        return look(client, path, ending=f"{method}-generic-content-form").text("_content").strip()


class TestSamples:
    @pytest.mark.parametrize("media_type", SAMPLES)
    def test_are_accepted_by_the_strictest_policy(self, media_type):
        checked = check(from_text(SAMPLES[media_type]), Policy("x", types=frozenset({media_type}), decode="strict"))
        with checked.open() as content:
            assert content.read() == base64.b64decode(SAMPLES[media_type])  # nothing to sanitise

    @pytest.mark.parametrize(
        ("types", "begins"),
        [
            (IMAGES, "data:image/png;"),
            ({"image/webp", "image/gif"}, "data:image/gif;"),
            (DOCUMENTS, "data:application/pdf;"),
            (FILES, "data:text/plain;"),
            ({DOCX}, "null"),
        ],
    )
    def test_one_is_chosen_by_the_policy(self, types, begins):
        field = Base64FileField(policy=Policy("x", types=frozenset(types)))
        serializer = type("ASerializer", (serializers.Serializer,), {"file": field})()
        raw = JSONParser.renderer_class().render(serializer.data.copy(), "text/html", {})
        assert json.dumps(json.loads(raw)["file"]).strip('"').startswith(begins)

    def test_of_a_nested_serializer(self):
        nested = type("Nested", (serializers.Serializer,), {"image": Base64ImageField(policy=PICTURES)})()
        outer = type("Outer", (serializers.Serializer,), {"inner": nested})()
        assert "data:image/png" in JSONParser.renderer_class().render(outer.data.copy()).decode()
