"""OpenAPI: what the schema says of an upload endpoint is what the endpoint does."""

import base64
import json
import subprocess
import sys
from typing import Any, ClassVar

import pytest
from django.urls import path
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from drf_spectacular.validation import validate_schema
from rest_framework import (
    authentication,
    pagination,
    parsers,
    permissions,
    routers,
    serializers,
    throttling,
    views,
    viewsets,
)
from tests.django.app.api import PaperSerializer, PictureSerializer, PlainSerializer, PortraitSerializer
from tests.django.app.models import PICTURES, Paper, Picture, Plain, Portrait
from tests.pictures import photo

from safelight import Policy
from safelight.django.rest_framework import Base64FileField, Base64ImageField, SessionAuthentication
from safelight.django.rest_framework.openapi import AutoSchema
from safelight.errors import TABLE
from safelight.policy import DOCX, FILES, PNG

JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"


class Documented(viewsets.ModelViewSet):
    schema = AutoSchema()


class Pictures(Documented):
    queryset = Picture.objects.order_by("pk")
    serializer_class = PictureSerializer
    pagination_class = pagination.PageNumberPagination


class Portraits(Documented):
    queryset = Portrait.objects.order_by("pk")
    serializer_class = PortraitSerializer


class Plains(Documented):
    queryset = Plain.objects.order_by("pk")
    serializer_class = PlainSerializer


class Papers(Documented):
    queryset = Paper.objects.order_by("pk")
    serializer_class = PaperSerializer


router = routers.SimpleRouter()
for name, viewset in (("pictures", Pictures), ("portraits", Portraits), ("plain", Plains), ("papers", Papers)):
    router.register(name, viewset)
urlpatterns = router.urls

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def schema_of(patterns: list | None = None, *, split: bool = True, **settings: Any) -> dict[str, Any]:
    """A valid schema, generated without a warning."""
    with patched_settings({"COMPONENT_SPLIT_REQUEST": split, **settings}):
        schema = SchemaGenerator(patterns=urlpatterns if patterns is None else patterns).get_schema(public=True)
        validate_schema(schema)
    assert not GENERATOR_STATS, (GENERATOR_STATS._warn_cache, GENERATOR_STATS._error_cache)
    return schema


def schema_with(field: serializers.Field, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The components and the operation of an endpoint that takes this field alone."""
    serializer = type("OneSerializer", (serializers.Serializer,), {"file": field})
    schema = schema_of([path("one/", endpoint(serializer))], **settings)
    return schema["components"]["schemas"], schema["paths"]["/one/"]["post"]


def endpoint(serializer: Any, **attributes: Any):
    """A view that takes what `serializer` does."""

    class View(views.APIView):
        schema = AutoSchema()
        serializer_class = serializer

        def post(self, request):
            """Take a file."""

    return type("OneView", (View,), attributes).as_view()


def body(schema: dict[str, Any], address: str, method: str = "post") -> dict[str, Any]:
    return schema["paths"][address][method]["requestBody"]["content"]


def resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    name = node["$ref"].removeprefix("#/components/schemas/")
    return schema["components"]["schemas"][name]


def image(schema: dict[str, Any], address: str, media_type: str, method: str = "post") -> dict[str, Any]:
    return resolved(schema, body(schema, address, method)[media_type]["schema"])["properties"]["image"]


def errors(operation: dict[str, Any]) -> dict[str, set[str]]:
    return {
        status: {code for media in response.get("content", {}).values() for code in media.get("examples", {})}
        for status, response in operation["responses"].items()
        if status >= "400"
    }


class TestRequests:
    @pytest.mark.parametrize("media_type", [JSON, FORM])
    def test_a_file_is_base64_where_there_is_text(self, media_type):
        described = image(schema_of(), "/pictures/", media_type)
        in_base64 = {"type": "string", "format": "byte", "minLength": 1}
        if media_type == FORM:
            assert described["anyOf"] == [in_base64, {"type": "string", "format": "data-url", "pattern": "^data:"}]
        else:
            assert in_base64.items() <= described.items()
        assert "data URL" in described["description"]
        assert "AVIF, GIF, JPEG, PNG and WebP, at most 200 kB and 1 million pixels." in described["description"]

    @pytest.mark.parametrize("method", ["post", "put", "patch"])
    def test_a_file_is_bytes_in_a_multipart_form(self, method):
        schema = schema_of()
        address = "/pictures/" if method == "post" else "/pictures/{id}/"
        described = image(schema, address, PARTS, method)
        assert (described["type"], described["format"]) == ("string", "binary")
        assert body(schema, address, method)[PARTS]["encoding"] == {
            "image": {"contentType": "image/avif, image/gif, image/jpeg, image/png, image/webp"}
        }
        assert image(schema, address, JSON, method)["format"] == "byte"

    @pytest.mark.parametrize("media_type", [JSON, FORM])
    @pytest.mark.parametrize("example", ["base64", "data_url"])
    def test_examples_are_accepted(self, api, media_type, example):
        value = body(schema_of(), "/pictures/")[media_type]["examples"][example]["value"]
        kind = {"format": "json"} if media_type == JSON else {"content_type": FORM}
        sent = value if media_type == JSON else {"image": value["image"].replace("+", "%2B")}
        sent = sent if media_type == JSON else "&".join(f"{name}={text}" for name, text in sent.items())
        assert api.post("/pictures/", sent, **kind).status_code == 201
        assert Picture.objects.get().image.width == 8

    def test_where_more_is_required_the_fields_have_examples(self):
        class TitledSerializer(PictureSerializer):
            title = serializers.CharField()

        schema = schema_of([path("one/", endpoint(TitledSerializer))])
        assert "examples" not in body(schema, "/one/")[JSON]
        assert base64.b64decode(image(schema, "/one/", JSON)["example"]).startswith(b"\x89PNG")

    def test_a_developers_examples_stay(self, settings):
        settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
            "DEFAULT_SCHEMA_CLASS": "safelight.django.rest_framework.openapi.AutoSchema"
        }

        class View(Pictures):
            @extend_schema(examples=[OpenApiExample("mine", {"image": "AAAA"}, request_only=True)])
            def create(self, request, *args, **kwargs): ...

        schema = schema_of([path("one/", View.as_view({"post": "create"}))])
        assert body(schema, "/one/")[JSON]["examples"] == {"Mine": {"value": {"image": "AAAA"}, "summary": "mine"}}

    def test_what_may_be_missing_is_nullable(self):
        described = image(schema_of(), "/portraits/", JSON)
        assert described["nullable"]
        assert "minLength" not in described
        assert "null or an empty string is no file." in described["description"]

    def test_documents(self):
        schema = schema_of()
        content = body(schema, "/papers/")
        properties = resolved(schema, content[JSON]["schema"])["properties"]
        assert base64.b64decode(properties["document"]["example"]).startswith(b"%PDF")
        assert "pixels" not in properties["document"]["description"]
        assert "any file, at most 200 kB." in properties["attachment"]["description"]
        assert list(content[PARTS]["encoding"]) == ["document"]
        assert DOCX in content[PARTS]["encoding"]["document"]["contentType"]
        components, operation = schema_with(Base64FileField(policy=Policy("x", types=frozenset({DOCX}))))
        assert "example" not in components["OneRequest"]["properties"]["file"]
        assert "examples" not in operation["requestBody"]["content"][JSON]

    def test_the_help_text_comes_first(self):
        components, _ = schema_with(Base64ImageField(help_text="Your face."))
        for name in ("OneRequest", "OneForm", "OneUrlencoded"):
            assert components[name]["properties"]["file"]["description"].startswith("Your face. A file")
        assert components["One"]["properties"]["file"]["description"] == "Your face."
        components, _ = schema_with(Base64ImageField(help_text="Your face."), split=False)
        assert components["One"]["properties"]["file"]["description"].startswith("Your face. A file")

    def test_nested_files(self):
        nested = type("InnerSerializer", (serializers.Serializer,), {"image": Base64ImageField()})
        components, operation = schema_with(nested(many=True))
        assert components["InnerRequest"]["properties"]["image"]["format"] == "byte"
        assert components["InnerForm"]["properties"]["image"]["format"] == "binary"
        assert operation["requestBody"]["content"][PARTS]["schema"]["$ref"].endswith("/OneForm")
        example = operation["responses"]["415"]["content"][JSON]["examples"]["type_not_allowed"]["value"]
        assert example["file"] == [{"image": [example["detail"]]}]

    def test_a_multipart_form_alone(self):
        serializer = type("OneSerializer", (serializers.Serializer,), {"file": Base64ImageField()})
        schema = schema_of([path("one/", endpoint(serializer, parser_classes=[parsers.MultiPartParser]))])
        assert resolved(schema, body(schema, "/one/")[PARTS]["schema"])["properties"]["file"]["format"] == "binary"

    def test_file_fields_without_a_policy_are_left_to_drf_spectacular(self):
        components, operation = schema_with(serializers.FileField())
        assert components["OneRequest"]["properties"]["file"] == {"type": "string", "format": "binary"}
        assert "encoding" not in operation["requestBody"]["content"][PARTS]
        assert "422" not in operation["responses"]


class TestAnswers:
    def test_hold_the_address(self):
        schema = schema_of()
        assert schema["components"]["schemas"]["Picture"]["properties"]["image"] == {"type": "string", "format": "uri"}
        assert schema["components"]["schemas"]["Portrait"]["properties"]["image"]["nullable"]

    def test_or_base64(self):
        components, _ = schema_with(Base64ImageField(represent_in_base64=True))
        assert components["One"]["properties"]["file"]["format"] == "byte"

    def test_or_the_name(self):
        components, _ = schema_with(Base64ImageField(use_url=False))
        assert components["One"]["properties"]["file"] == {"type": "string"}

    def test_lists_come_in_pages(self):
        schema = schema_of()
        answer = schema["paths"]["/pictures/"]["get"]["responses"]["200"]["content"][JSON]["schema"]
        assert {"count", "next", "previous", "results"} <= set(resolved(schema, answer)["properties"])


class TestErrors:
    def test_are_those_that_the_operation_can_give(self):
        schema = schema_of()
        pictures, picture = schema["paths"]["/pictures/"], schema["paths"]["/pictures/{id}/"]
        assert errors(pictures["get"]) == {"404": {"not_found"}}
        assert errors(picture["delete"]) == {"404": {"not_found"}}
        upload = {
            "400": {"empty", "bad_base64", "bad_data_url", "bad_type", "malformed", "required"},
            "413": {"too_large"},
            "415": {"type_not_allowed", "unsupported_media_type"},
            "422": {"corrupt", "too_many_pixels", "too_complex"},
            "503": {"storage_unavailable"},
        }
        assert errors(pictures["post"]) == upload
        assert errors(picture["put"]) == upload | {"404": {"not_found"}}
        assert errors(picture["patch"]) == upload | {"404": {"not_found"}, "400": upload["400"] - {"required"}}

    @pytest.mark.parametrize(
        ("sent", "status", "code"),
        [
            (5, 400, "bad_type"),
            ("!!!!", 400, "bad_base64"),
            ("https://example.org/a.png", 400, "bad_data_url"),
            (base64.b64encode(bytes(200_001)).decode(), 413, "too_large"),
            (base64.b64encode(b"<html>").decode(), 415, "type_not_allowed"),
            (base64.b64encode(photo()[:500]).decode(), 422, "corrupt"),
            (None, 400, "required"),
        ],
    )
    def test_examples_are_what_really_comes(self, api, sent, status, code):
        response = api.post("/pictures/", {"image": sent} if sent is not None else {})
        operation = schema_of()["paths"]["/pictures/"]["post"]
        example = operation["responses"][str(status)]["content"][JSON]["examples"][code]
        assert (response.status_code, response.json()["code"]) == (status, code)
        if code == "corrupt":  # which says what is wrong with the one file
            assert set(response.json()) == set(example["value"])
        else:
            assert response.json() == example["value"]

    def test_every_code_of_ours_has_the_status_of_the_table(self):
        for methods in schema_of()["paths"].values():
            for operation in methods.values():
                for status, codes in errors(operation).items():
                    assert {TABLE[code].status for code in codes & set(TABLE)} <= {int(status)}

    def test_have_the_shape_of_our_handler(self):
        schema = schema_of()
        answer = schema["paths"]["/pictures/"]["post"]["responses"]["422"]["content"][JSON]["schema"]
        shape = resolved(schema, answer)
        assert shape["required"] == ["code", "detail"]
        assert set(shape["properties"]) == {"code", "detail", "title", "image", "non_field_errors"}
        assert shape["properties"]["image"] == {"type": "array", "items": {"type": "string"}}

    def test_are_left_out_where_another_handler_answers(self):
        def other(exc, context): ...

        handled = {"get_exception_handler": lambda self: other}
        schema = schema_of([path("one/", endpoint(PictureSerializer, **handled))])
        assert errors(schema["paths"]["/one/"]["post"]) == {}

    def test_of_the_length_where_it_is_asked_for(self, settings):
        settings.MIDDLEWARE = ["safelight.django.middleware.require_content_length", *settings.MIDDLEWARE]
        schema = schema_of()
        assert "411" not in schema["paths"]["/pictures/"]["get"]["responses"]
        content = schema["paths"]["/pictures/"]["post"]["responses"]["411"]["content"]["application/problem+json"]
        assert content["examples"]["length_required"]["value"]["status"] == 411
        assert "title" in resolved(schema, content["schema"])["properties"]

    def test_of_throttles(self):
        class Throttle(throttling.AnonRateThrottle):
            rate: ClassVar = "1/min"

        class Off(throttling.AnonRateThrottle):
            rate: ClassVar = None

        def codes(throttle):
            schema = schema_of([path("one/", endpoint(PictureSerializer, throttle_classes=[throttle]))])
            return errors(schema["paths"]["/one/"]["post"]).get("429")

        assert (codes(Throttle), codes(Off)) == ({"throttled"}, None)

    @pytest.mark.parametrize(
        ("authenticators", "guards", "expected"),
        [
            ([], [], {}),
            ([authentication.TokenAuthentication], [], {"401": {"authentication_failed"}}),
            (
                [authentication.TokenAuthentication],
                [permissions.IsAdminUser],
                {"401": {"authentication_failed", "not_authenticated"}, "403": {"permission_denied"}},
            ),
            ([SessionAuthentication], [], {"403": {"authentication_failed", "permission_denied"}}),
            ([], [permissions.IsAdminUser], {"403": {"permission_denied"}}),
            ([SessionAuthentication], [permissions.AllowAny], {"403": {"authentication_failed", "permission_denied"}}),
        ],
    )
    def test_of_access(self, authenticators, guards, expected):
        view = endpoint(PictureSerializer, authentication_classes=authenticators, permission_classes=guards)
        operation = schema_of([path("one/", view)])["paths"]["/one/"]["post"]
        assert {status: codes for status, codes in errors(operation).items() if status in ("401", "403")} == expected

    def test_of_scanners_and_decoders(self):
        class Scanner:
            def scan(self, content):
                raise AssertionError("a schema scans nothing")

        policy = Policy("x", types=FILES | {PNG}, scanners=(Scanner(),), decode="strict")
        _, operation = schema_with(Base64FileField(policy=policy))
        assert "malware" in errors(operation)["422"]
        assert errors(operation)["503"] == {"storage_unavailable", "decoder_unavailable"}
        assert "type_not_allowed" not in errors(operation)["415"]  # any file is taken
        assert "Retry-After" in operation["responses"]["503"]["headers"]

    def test_of_other_bodies(self):
        serializer = type("LoginSerializer", (serializers.Serializer,), {"name": serializers.CharField()})
        schema = schema_of([path("one/", endpoint(serializer, parser_classes=[parsers.JSONParser]))])
        assert errors(schema["paths"]["/one/"]["post"]) == {
            "400": {"parse_error", "required"},
            "413": {"too_large"},
            "415": {"unsupported_media_type"},
        }


class TestSettings:
    def test_openapi_3_1(self):
        schema = schema_of(OAS_VERSION="3.1.1")
        assert image(schema, "/pictures/", JSON)["contentEncoding"] == "base64"
        assert image(schema, "/pictures/", PARTS)["contentMediaType"] == "application/octet-stream"
        assert image(schema, "/portraits/", JSON)["type"] == ["string", "null"]
        components, _ = schema_with(Base64FileField(policy=Policy("x", types=frozenset({PNG}))), OAS_VERSION="3.1.1")
        assert components["OneRequest"]["properties"]["file"]["contentMediaType"] == PNG
        assert components["OneForm"]["properties"]["file"]["contentMediaType"] == PNG

    def test_one_schema_for_both_directions_says_what_is_true_of_both(self):
        schema = schema_of(split=False)
        described = schema["components"]["schemas"]["Picture"]["properties"]["image"]
        assert "format" not in described
        assert described["description"].endswith("In an answer, its address.")
        assert image(schema, "/pictures/", PARTS)["format"] == "binary"

    def test_session_authentication_is_known_beside_drfs_own(self):
        both = [
            path("one/", endpoint(PictureSerializer, authentication_classes=[SessionAuthentication])),
            path("two/", endpoint(PictureSerializer, authentication_classes=[authentication.SessionAuthentication])),
        ]
        schema = schema_of(both)
        assert schema["paths"]["/one/"]["post"]["security"] == [{"cookieAuth": []}]
        assert "X-CSRFToken" in schema["components"]["securitySchemes"]["cookieAuth"]["description"]

    def test_everything_else_works_without_drf_spectacular(self):
        program = """
import importlib, pkgutil, sys
sys.modules["drf_spectacular"] = None
import django
django.setup()
import safelight
for module in pkgutil.walk_packages(safelight.__path__, "safelight."):
    if ".openapi" not in module.name and not module.name.startswith("safelight.decode."):
        importlib.import_module(module.name)
import tests.django.app.urls
try:
    import safelight.django.rest_framework.openapi
except ImportError as error:
    print(error)
"""
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"DJANGO_SETTINGS_MODULE": "tests.django.settings", "PYTHONPATH": "."},
            capture_output=True,
            text=True,
        )
        assert not done.returncode, done.stderr
        assert "drf_spectacular" in done.stdout


def test_schemas_are_json():
    json.dumps(schema_of(), default=str)
    assert PICTURES.max_bytes == 200_000  # as the descriptions above say
