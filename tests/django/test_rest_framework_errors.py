"""Errors over HTTP: the refusal's own status and one shape, and no input that is answered with 500."""

import base64

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import UnreadablePostError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import exceptions, serializers
from rest_framework.test import APIClient
from rest_framework.views import APIView
from tests.django.app.api import PictureSerializer
from tests.django.app.models import Picture
from tests.pictures import photo, png

from safelight import Policy
from safelight.django.rest_framework import Base64ImageField, exception_handler
from safelight.errors import TABLE, Corrupt, DecoderUnavailable, StorageUnavailable

IMAGE = base64.b64encode(photo()).decode()


class BusyScanner:
    def scan(self, content):
        raise DecoderUnavailable("busy", retry_after=4)


def handled(exc: Exception):
    return exception_handler(exc, {"view": None, "request": None})


def post(client: APIClient, body: bytes, content_type: str = "application/json"):
    return client.generic("POST", "/api/pictures/", body, content_type)


@pytest.mark.django_db
class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "status", "code", "sentence"),
        [
            (b"<html>", 415, "type_not_allowed", "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."),
            (bytes(200_001), 413, "too_large", "The file is too large: at most 200 kB are accepted."),
            (photo()[:500], 422, "corrupt", None),
            (png(2000, 2000), 422, "too_many_pixels", None),
        ],
    )
    def test_have_their_own_status(self, api, data, status, code, sentence):
        response = api.post("/api/pictures/", {"image": base64.b64encode(data).decode()})
        body = response.json()
        assert (response.status_code, body["code"]) == (status, code)
        assert body["image"] == [body["detail"]]
        assert sentence is None or body["detail"] == sentence
        assert list(body) == ["code", "detail", "image"]

    @pytest.mark.parametrize(("text", "code"), [("!", "bad_base64"), ("https://x/y", "bad_data_url"), ("", "empty")])
    def test_of_text_that_is_no_file(self, api, text, code):
        response = api.post("/api/pictures/", {"image": text})
        assert (response.status_code, response.json()["code"]) == (400, code)

    def test_without_our_handler_are_drfs(self, api, monkeypatch):
        monkeypatch.setattr(APIView, "get_exception_handler", lambda self: default_handler)
        response = api.post("/api/pictures/", {"image": base64.b64encode(b"<html>").decode()})
        assert response.status_code == 400
        assert response.json() == {"image": ["This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."]}

    def test_of_a_storage_that_is_down_say_when_to_come_again(self, api, media):
        media.write_text("a file where the folder should be")
        response = api.post("/api/pictures/", {"image": IMAGE})
        assert (response.status_code, response["Retry-After"]) == (503, "10")
        assert response.json() == {
            "code": "storage_unavailable",
            "detail": "The file could not be stored just now. Try again in a moment.",
        }
        assert not Picture.objects.exists()

    def test_of_a_decoder_that_is_busy_say_when_to_come_again(self):
        """It is no error of a field: there is nothing in it to correct."""
        field = Base64ImageField(policy=Policy("busy", scanners=(BusyScanner(),)))
        serializer = type("S", (serializers.Serializer,), {"image": field})(data={"image": IMAGE})
        with pytest.raises(exceptions.APIException) as raised:
            serializer.is_valid()
        response = handled(raised.value)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "4")
        assert response.data["code"] == "decoder_unavailable"


def default_handler(exc, context):
    from rest_framework.views import exception_handler as drfs

    return drfs(exc, context)


@pytest.mark.django_db
class TestShape:
    def test_a_required_field(self, api):
        assert api.post("/api/pictures/", {}).json() == {
            "code": "required",
            "detail": "No file was submitted.",
            "image": ["No file was submitted."],
        }

    def test_a_refusal_comes_before_other_errors(self, api):
        response = api.post("/api/pictures/", {"title": "x" * 51, "image": base64.b64encode(b"%PDF-1").decode()})
        assert (response.status_code, response.json()["code"]) == (415, "type_not_allowed")
        assert list(response.json()["title"][0])

    def test_a_body_that_is_no_object(self, api):
        response = api.post("/api/pictures/", [1])
        assert response.status_code == 400
        assert set(response.json()) == {"code", "detail", "non_field_errors"}

    def test_nothing_found(self, api):
        response = api.get("/api/pictures/99/")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert list(response.json()) == ["code", "detail"]

    def test_a_method_that_is_not_allowed(self, api):
        response = api.put("/api/pictures/", {})
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


class TestHandler:
    @pytest.mark.parametrize("data", [["one", "two"], [{"a": ["one"]}, {}], {"a": {"b": [{"c": ["one"]}]}}])
    def test_finds_the_first_sentence(self, data):
        response = handled(exceptions.ValidationError(data, code="some"))
        assert (response.status_code, response.data["code"], response.data["detail"]) == (400, "some", "one")

    def test_a_list_stands_under_errors(self):
        assert handled(exceptions.ValidationError(["one"])).data["errors"] == ["one"]

    def test_an_empty_error_is_an_answer_too(self):
        assert handled(exceptions.ValidationError({})).data == {"code": "error", "detail": ""}

    def test_many_with_an_error(self):
        serializer = PictureSerializer(data=[{"image": "!"}], many=True)
        assert not serializer.is_valid()
        response = handled(exceptions.ValidationError(serializer.errors))
        assert (response.status_code, response.data["code"]) == (400, "bad_base64")

    def test_what_is_no_api_error_stays_one(self):
        assert handled(ZeroDivisionError()) is None

    def test_a_refusal_that_was_raised_by_a_view(self):
        response = handled(Corrupt("it ends too early"))
        assert response.status_code == 422
        assert response.data["detail"].startswith("The file is damaged: it ends too early.")
        assert handled(StorageUnavailable("down", retry_after=7)).headers["Retry-After"] == "7"

    @pytest.mark.parametrize("code", sorted(TABLE))
    def test_every_code_has_its_status_as_a_field_error(self, code):
        error = serializers.ValidationError({"image": [exceptions.ErrorDetail("Sentence.", code)]})
        assert handled(error).status_code == TABLE[code].status

    def test_a_connection_that_broke(self):
        assert handled(UnreadablePostError("gone")).data["code"] == "malformed"

    def test_a_body_that_is_too_big(self, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
        response = handled(RequestDataTooBig())
        assert (response.status_code, response.data["code"]) == (413, "too_large")
        assert response.data["detail"].endswith("too large: at most 2.5 MB are accepted.")


@pytest.mark.django_db
class TestDjangosOwnLimits:
    """They raise while the body is read, outside of DRF's errors."""

    def test_fields_that_are_too_big(self, api, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
        response = api.post("/api/pictures/", {"image": IMAGE}, format="multipart")
        assert (response.status_code, response.json()["code"]) == (413, "too_large")

    @pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
    def test_too_many_fields(self, api, settings, content_type):
        settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
        part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        body = b"a=1&a=1&a=1" if "url" in content_type else part * 3 + b"--b--\r\n"
        response = post(api, body, content_type)
        assert (response.status_code, response.json()["code"]) == (400, "malformed")

    def test_too_many_files(self, api, settings, upload):
        settings.DATA_UPLOAD_MAX_NUMBER_FILES = 1
        response = api.post("/api/pictures/", {"image": upload(), "other": upload()}, format="multipart")
        assert (response.status_code, response.json()["code"]) == (400, "malformed")


CHARSETS = ["hex", "rot13", "zlib", "base64", "idna", "punycode", "undefined", "utf-7", "utf-16", "unicode_escape"]
CHARSETS += ["raw_unicode_escape", "no-such", "\N{SNOWMAN}", "oem", "mbcs", "quopri", "uu", "bz2", "x" * 5000]


@pytest.mark.django_db
class TestHostileBodies:
    @pytest.mark.parametrize("charset", CHARSETS)
    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("application/json", b'{"image": "aGVsbG8="}'),
            ("application/json", b"\xff\xfe\x80{"),
            ("application/x-www-form-urlencoded", b"image=aGVsbG8%3D"),
            (
                "multipart/form-data; boundary=b",
                b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\nx\r\n--b--',
            ),
        ],
    )
    def test_an_encoding_that_is_none(self, api, charset, kind, body):
        assert 400 <= post(api, body, f"{kind}; charset={charset}").status_code < 500

    @pytest.mark.parametrize("opening", [b"[", b'{"image":', b'{"image": [{"a":', b"[" * 900 + b"1" + b"]" * 900])
    def test_nesting_without_end(self, api, opening):
        body = opening if opening.endswith(b"]") else opening * 100_000
        response = post(api, body)
        assert (response.status_code, "code" in response.json()) == (400, True)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"1e400",
            b"NaN",
            b'{"image": NaN}',
            b'{"image": ' + b"9" * 5000 + b"}",
            b'{"image": "\\ud800"}',
            b'{"image": "data:\\ud800;base64,AAAA"}',
            b'{"image": "\\u0000"}',
            b'{"title": "\\ud800\\u0000", "image": "x"}',
            b"\xff\xfe",
            b"\xef\xbb\xbf{}",
        ],
    )
    def test_json_that_is_strange(self, api, body):
        response = post(api, body)
        assert (response.status_code, "code" in response.json()) == (400, True)

    @pytest.mark.parametrize(
        "content_type",
        [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\xff",
            "text/xml",
            "",
            "/",
        ],
    )
    def test_a_type_that_is_strange(self, api, content_type):
        assert post(api, b"--\xff\r\n\r\n", content_type).status_code in (400, 415)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(body=st.binary(max_size=60) | st.text(alphabet='{}[]":,image\\ud80', max_size=60).map(str.encode))
    def test_anything(self, db, body):
        client = APIClient(raise_request_exception=False)
        for content_type in ("application/json", "multipart/form-data; boundary=b"):
            assert post(client, body, content_type).status_code in (400, 404)


@pytest.mark.django_db
def test_a_strange_file_name_is_cleaned(api):
    head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="%s"\r\nContent-Type: image/jpeg\r\n\r\n'
    for name in (b"\xe2\x80\xaegpj.exe", b"x" * 900, "\N{SNOWMAN}".encode()):
        body = head % name + photo() + b"\r\n--b--\r\n"
        response = post(api, body, "multipart/form-data; boundary=b")
        assert response.status_code == 201, (name, response.content)
        filename = Picture.objects.last().image.blob.filename
        assert filename
        assert filename.isprintable()
