"""Serializer fields: a file as base64, data URL, form part or as the URL that was given out; verified in each form."""

import base64
import json
from typing import ClassVar

import pytest
from rest_framework import serializers
from tests.django.app.api import PictureSerializer, PortraitSerializer
from tests.django.app.models import PICTURES, Picture, Plain, Portrait
from tests.pictures import photo, pixels

from safelight import Policy
from safelight.django.files import CheckedFile
from safelight.django.models import Blob
from safelight.django.rest_framework import Base64FileField, Base64ImageField
from safelight.errors import ConfigurationError
from safelight.policy import PNG

pytestmark = pytest.mark.django_db


def encoded(data: bytes | None = None) -> str:
    return base64.b64encode(photo() if data is None else data).decode()


def data_url(data: bytes | None = None, header: str = "image/jpeg") -> str:
    return f"data:{header};base64,{encoded(data)}"


def serializer_of(**fields: serializers.Field) -> type[serializers.Serializer]:
    return type("ASerializer", (serializers.Serializer,), fields)


def validated(field: serializers.Field, data: object) -> CheckedFile:
    serializer = serializer_of(file=field)(data={"file": data})
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data["file"]


def error(field: serializers.Field, data: object):
    serializer = serializer_of(file=field)(data={"file": data})
    assert not serializer.is_valid()
    return serializer.errors["file"][0]


class TestModelSerializer:
    def test_the_field_comes_by_itself_with_the_columns_policy(self):
        field = PictureSerializer().fields["image"]
        assert isinstance(field, Base64FileField)
        assert (field.policy, field.required, field.allow_null) == (PICTURES, True, False)
        field = PortraitSerializer().fields["image"]
        assert (field.required, field.allow_null) == (False, True)

    @pytest.mark.parametrize(
        "text", [encoded(), data_url(), data_url(header="text/html;name=x.exe"), f"{encoded()}\r\n"]
    )
    def test_takes_text(self, api, text, stored):
        response = api.post("/api/pictures/", {"image": text})
        assert response.status_code == 201
        picture = Picture.objects.get()
        assert response.json() == {"pk": picture.pk, "title": "", "image": f"http://testserver{picture.image.url}"}
        assert stored() == [picture.image.name]
        with picture.image.open() as file:
            assert pixels(file.read()) == pixels(photo())

    def test_takes_a_form_part(self, api, upload):
        response = api.post("/api/pictures/", {"title": "x", "image": upload(name="ü.jpg")}, format="multipart")
        assert response.status_code == 201
        assert Picture.objects.get().image.blob.filename == "ü.jpg"

    @pytest.mark.parametrize("text", [encoded(), encoded().replace("+", " "), data_url().replace("+", " ")])
    def test_takes_text_in_a_form_whose_plus_signs_became_spaces(self, api, text):
        assert api.post("/api/pictures/", {"image": text}, format="multipart").status_code == 201

    def test_spaces_in_json_are_not_plus_signs(self, api):
        assert "+" in encoded()
        response = api.post("/api/pictures/", {"image": encoded().replace("+", " ")})
        assert (response.status_code, response.json()["code"]) == (400, "bad_base64")

    def test_keeps_the_name_in_a_data_url_as_a_fact(self, api):
        api.post("/api/pictures/", {"image": data_url(header="image/png;name=caf%C3%A9.png")})
        assert Picture.objects.get().image.blob.filename == "café.png"
        assert Picture.objects.get().image.name.endswith(".jpg")

    def test_a_refusal_stores_nothing(self, api, stored):
        response = api.post("/api/pictures/", {"image": encoded(b"<html>")})
        assert response.status_code == 415
        assert (stored(), Blob.objects.count(), Picture.objects.count()) == ([], 0, 0)

    def test_an_error_in_another_field_stores_nothing(self, api, stored):
        response = api.post("/api/pictures/", {"image": encoded(), "title": "x" * 51})
        assert response.status_code == 400
        assert list(response.json()) == ["code", "detail", "title"]
        assert (stored(), Blob.objects.count()) == ([], 0)


class TestUpdating:
    @pytest.fixture
    def portrait(self, upload) -> Portrait:
        return Portrait.objects.create(name="ada", image=upload())

    @pytest.fixture
    def url(self, portrait) -> str:
        return f"/api/portraits/{portrait.pk}/"

    @pytest.mark.parametrize("method", ["put", "patch"])
    def test_what_was_given_out_changes_nothing(self, api, portrait, url, method):
        answer = api.get(url).json()
        response = getattr(api, method)(url, answer | {"name": "new"})
        assert response.status_code == 200
        assert response.json() == answer | {"name": "new"}
        assert Blob.objects.count() == 1

    def test_the_key_the_path_and_another_hosts_address_change_nothing(self, api, portrait, url):
        for same in (portrait.image.name, portrait.image.url, f"https://cdn.example{portrait.image.url}"):
            assert api.patch(url, {"image": same}).status_code == 200
        assert Blob.objects.count() == 1

    def test_another_rows_file_is_not_taken(self, api, url, upload):
        other = Picture.objects.create(image=upload())
        for text in (other.image.url, f"http://testserver{other.image.url}", other.image.name):
            assert api.patch(url, {"image": text}).status_code == 400

    @pytest.mark.parametrize("text", ["http://[", "//[x", "http://\u2100.example/", "//\ud800", "http://a:b:c/", "\0"])
    def test_an_address_that_is_none_is_refused(self, api, url, text):
        response = api.patch(url, json.dumps({"image": text}), content_type="application/json")
        assert response.status_code == 400
        assert response.json()["code"] in ("bad_base64", "bad_data_url")

    @pytest.mark.parametrize(("format", "value"), [("json", None), ("json", ""), ("multipart", "")])
    def test_nothing_clears_where_the_column_may_be_empty(self, api, portrait, url, format, value):
        response = api.patch(url, {"image": value}, format=format)
        assert response.status_code == 200
        assert response.json() == {"pk": portrait.pk, "name": "ada", "image": None, "width": None, "height": None}
        assert Blob.objects.get().free_since

    @pytest.mark.parametrize("value", [None, ""])
    def test_nothing_is_refused_where_it_may_not(self, api, upload, value):
        picture = Picture.objects.create(image=upload())
        response = api.patch(f"/api/pictures/{picture.pk}/", {"image": value})
        assert (response.status_code, response.json()["code"]) == (400, "empty")

    def test_leaving_it_out_of_a_patch_changes_nothing(self, api, portrait, url):
        assert api.patch(url, {"name": "new"}).json()["image"].endswith(portrait.image.url)

    def test_replacing(self, api, portrait, url):
        response = api.patch(url, {"image": encoded(photo((4, 5)))})
        assert (response.json()["width"], response.json()["height"]) == (4, 5)
        assert Blob.objects.filter(free_since__isnull=False).get().key == portrait.image.name


class TestOptions:
    @pytest.mark.parametrize("data", [5, 1.5, True, [], [encoded()], {}, {"image": encoded()}])
    def test_what_is_not_text_is_refused(self, data):
        assert error(Base64FileField(), data).code == "bad_type"

    def test_represent_in_base64(self, upload):
        picture = Picture.objects.create(image=upload())
        field = Base64ImageField(represent_in_base64=True)
        assert base64.b64decode(serializer_of(image=field)(picture).data["image"]) == photo()
        assert serializer_of(image=Base64ImageField(represent_in_base64=True))({"image": None}).data["image"] in (
            "",
            None,
        )

    @pytest.mark.parametrize(("use_url", "attribute"), [(True, "url"), (False, "name")])
    def test_use_url(self, upload, use_url, attribute):
        picture = Picture.objects.create(image=upload())
        data = serializer_of(image=Base64ImageField(use_url=use_url))(picture).data
        assert data["image"] == getattr(picture.image, attribute)

    def test_max_length_is_of_the_stored_name(self, upload):
        validated(Base64FileField(max_length=40), upload(name="n" * 300 + ".jpg")).close()
        assert error(Base64FileField(max_length=39), encoded()).code == "max_length"

    def test_allowed_types_narrow_the_policy(self):
        class Field(Base64ImageField):
            ALLOWED_TYPES = ("PNG",)

        assert str(error(Field(policy=PICTURES), encoded())) == "This is a JPEG picture; accepted: PNG."
        assert error(Field(), encoded()).code == "type_not_allowed"
        validated(Field(), encoded(photo(format="PNG"))).close()
        assert error(Field(policy=Policy("small", max_bytes=10)), encoded()).code == "too_large"

    def test_allowed_types_cannot_widen_the_policy(self):
        assert (
            error(Base64ImageField(policy=Policy("icons", types=frozenset({PNG}))), encoded()).code
            == "type_not_allowed"
        )

    def test_allowed_types_that_cannot_be_verified_are_a_mistake(self):
        class Field(Base64FileField):
            ALLOWED_TYPES: ClassVar = ("svg", "png")

        with pytest.raises(ConfigurationError, match="cannot verify svg"):
            Field()

    def test_trust_provided_content_type_trusts_nothing(self):
        field = Base64ImageField(trust_provided_content_type=True)
        with validated(field, data_url(photo(format="PNG"), "image/jpeg")) as file:
            assert (file.content_type, file.name[-4:]) == (PNG, ".png")
        field = Base64ImageField(trust_provided_content_type=True)
        assert error(field, data_url(b"<html>", "image/png")).code == "type_not_allowed"

    def test_get_file_name_names_the_file(self):
        class Field(Base64ImageField):
            def get_file_name(self, decoded_file: bytes) -> str:
                return f"picture-{len(decoded_file)}"

        with validated(Field(), encoded()) as file:
            assert file.name == f"picture-{len(photo())}.jpg"
            assert file.read() == photo()

    def test_a_field_of_a_plain_serializer_takes_every_picture(self):
        for data in (photo(), photo(format="PNG")):
            validated(Base64FileField(), encoded(data)).close()

    def test_validators_and_required_are_drfs(self):
        serializer = serializer_of(file=Base64FileField())(data={})
        assert not serializer.is_valid()
        assert serializer.errors["file"][0].code == "required"
        assert serializer_of(file=Base64FileField(read_only=True))(data={"file": "x"}).is_valid()


class TestPlainColumns:
    def test_are_filled_without_the_ledger(self, api, stored):
        response = api.post("/api/plain/", {"document": encoded(), "picture": data_url(photo(format="PNG"))})
        assert response.status_code == 201
        row = Plain.objects.get()
        assert stored() == sorted([row.document.name, row.picture.name])
        assert row.document.name.endswith(".jpg")
        assert not Blob.objects.exists()
        with row.picture.open() as file:
            assert pixels(file.read()) == pixels(photo(format="PNG"))

    def test_are_verified_too(self, api, stored):
        response = api.post("/api/plain/", {"picture": encoded(b"<html>")})
        assert (response.status_code, stored()) == (415, [])
        response = api.post("/api/plain/", {"document": encoded(photo() + b"tail")})
        assert Plain.objects.get().document.size == len(photo())

    def test_keep_their_file_when_it_comes_back(self, api):
        created = api.post("/api/plain/", {"picture": encoded()}).json()
        assert (
            api.put(f"/api/plain/{created['pk']}/", created | {"document": encoded()}).json()["picture"]
            == created["picture"]
        )


class TestNesting:
    def test_many(self, stored):
        serializer = PictureSerializer(data=[{"image": encoded()}, {"image": data_url()}], many=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        assert stored() == sorted(Picture.objects.values_list("image", flat=True))

    def test_many_with_an_error(self):
        serializer = PictureSerializer(data=[{"image": encoded(b"<html>")}, {}], many=True)
        assert not serializer.is_valid()
        errors = serializer.errors  # a list, or since DRF 3.18 a dictionary by position
        first, second = errors.values() if isinstance(errors, dict) else errors
        assert (first["image"][0].code, second["image"][0].code) == ("type_not_allowed", "required")

    def test_a_serializer_in_a_serializer(self):
        serializer = serializer_of(picture=PictureSerializer())(data={"picture": {"image": encoded()}})
        assert serializer.is_valid(), serializer.errors
        with serializer.validated_data["picture"]["image"] as file:
            assert isinstance(file, CheckedFile)

    def test_a_list_of_files(self):
        field = serializers.ListField(child=Base64ImageField())
        for file in validated(field, [encoded(), data_url()]):
            file.close()
        assert serializer_of(file=field)(data={"file": [encoded(), "!"]}).is_valid() is False

    def test_a_column_under_another_name(self):
        class Renamed(serializers.ModelSerializer):
            avatar = Base64ImageField(source="image")

            class Meta:
                model = Portrait
                fields = ("avatar",)

        assert Renamed().fields["avatar"].policy == PICTURES
        assert Renamed().fields["avatar"].allow_null
