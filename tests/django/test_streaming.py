"""DRF bodies with files in them: which strings are files, what stands in their place, and that all of it is let go."""

import base64
import io
import json

import pytest
from django.test import RequestFactory
from rest_framework import generics, permissions, serializers, views
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from tests.django.app.models import PICTURES
from tests.pictures import SOI, exif_segment, photo, tiff

from safelight import KB, Policy
from safelight.django.files import SpooledFile
from safelight.django.rest_framework import Base64ImageField, SessionAuthentication
from safelight.errors import ConfigurationError

LARGE = Policy("large", max_bytes=100 * KB)
MANY_PIXELS = photo((300, 200))  # well over what is held back as a plain string
TEXT = base64.b64encode(MANY_PIXELS).decode()
assert len(TEXT) > 8192


class Item(serializers.Serializer):
    caption = serializers.CharField(required=False)
    picture = Base64ImageField(policy=LARGE)


class Album(serializers.Serializer):
    title = serializers.CharField(required=False)
    cover = Base64ImageField(policy=LARGE, required=False)
    items = Item(many=True, required=False)
    best = Item(required=False)
    loose = serializers.ListField(child=Base64ImageField(policy=LARGE), required=False)
    stamp = Base64ImageField(policy=LARGE, read_only=True)


class Echo(generics.GenericAPIView):
    """Answers with what the parsed data holds: a file as its name and size."""

    serializer_class = Album
    seen: list[SpooledFile]

    def post(self, request):
        type(self).seen = []
        return Response(self.describe(request.data))

    def describe(self, value):
        if isinstance(value, SpooledFile):
            type(self).seen.append(value)
            assert value.read() == MANY_PIXELS[: value.size]
            return f"{value.name} {value.content_type} {value.size}"
        if isinstance(value, dict):
            return {name: self.describe(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.describe(item) for item in value]
        return value


def post(view, body, content_type="application/json"):
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    request = APIRequestFactory().generic("POST", "/", data, content_type=content_type)
    response = view.as_view()(request)
    response.render()
    return response


FILE = f"file  {len(MANY_PIXELS)}"


def test_files_at_every_place_that_the_serializer_names():
    item = {"caption": "x", "picture": TEXT}
    body = {"title": TEXT, "cover": TEXT, "items": [item, {"picture": TEXT}], "best": item, "loose": [TEXT, "short"]}
    assert post(Echo, body).data == {
        "title": TEXT,
        "cover": FILE,
        "items": [{"caption": "x", "picture": FILE}, {"picture": FILE}],
        "best": {"caption": "x", "picture": FILE},
        "loose": [FILE, "short"],
    }


def test_an_array_of_bodies():
    assert post(Echo, [{"cover": TEXT}, {"title": "x"}]).data == [{"cover": FILE}, {"title": "x"}]


def test_read_only_and_unknown_strings_stay_strings():
    body = {"stamp": TEXT, "other": {"cover": TEXT}}
    assert post(Echo, body).data == body


def test_the_name_and_type_of_a_data_url_are_claims_that_come_along():
    body = {"cover": f"data:image/jpeg;name=my%20cat.jpg;base64,{TEXT}"}
    assert post(Echo, body).data == {"cover": f"my cat.jpg image/jpeg {len(MANY_PIXELS)}"}


def test_a_form():
    body = f"title=a+b&cover={TEXT}&title=c"
    data = post(Echo, body, "application/x-www-form-urlencoded").data
    assert data["cover"] == FILE
    assert data["title"] == "c"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "latin-1"])
def test_json_in_other_encodings(encoding):
    body = json.dumps({"title": "\u00e9", "cover": TEXT}, ensure_ascii=False).encode(encoding)
    assert post(Echo, body, f"application/json; charset={encoding}").data == {"title": "\u00e9", "cover": FILE}


class Named(Echo):
    """No serializer: the view says which strings are files."""

    serializer_class = None
    upload_policies = {"cover": LARGE, "pages.*.scan": LARGE}  # noqa: RUF012


def test_a_view_names_its_policies_itself():
    body = {"cover": TEXT, "pages": [{"scan": TEXT}, {"note": TEXT}]}
    assert post(Named, body).data == {"cover": FILE, "pages": [{"scan": FILE}, {"note": TEXT}]}


class Plain(views.APIView):
    def post(self, request):
        return Response(request.data)


def test_a_view_that_names_none_gets_strings_and_djangos_own_limit(settings):
    assert post(Plain, {"cover": TEXT}).data == {"cover": TEXT}
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    response = post(Plain, {"cover": TEXT})
    assert (response.status_code, response.data["code"]) == (413, "too_large")


class Curious(Echo):
    def get_serializer_class(self):
        return Album if self.request.data else Item


def test_a_serializer_that_depends_on_the_body_is_a_named_error():
    with pytest.raises(ConfigurationError, match="upload_policies"):
        post(Curious, {"cover": TEXT})


class Drf(Echo):
    """With DRF's own exception handler."""

    def get_exception_handler(self):
        return views.exception_handler


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"items": [{"caption": "x"}, {"picture": TEXT * 5}]}, 413, ["items", 1, "picture", 0]),
        ({"cover": TEXT + "*"}, 400, ["cover", 0]),
        ('{"cover": ', 400, ["detail"]),
        ('{"cover": "' + TEXT, 400, ["detail"]),
        ("[" * 1_000, 400, ["detail"]),
    ],
)
def test_refusals_have_their_status_with_drfs_own_handler_too(body, status, where):
    response = post(Drf, body)
    assert response.status_code == status
    sentence = json.loads(response.content)
    for step in where:
        sentence = sentence[step]
    assert sentence.endswith(".")


def test_a_refusal_at_its_place_with_our_handler():
    response = post(Echo, {"items": [{"caption": "x"}, {"picture": TEXT * 5}]})
    assert (response.status_code, response.data["code"]) == (413, "too_large")
    assert response.data["items"] == [{}, {"picture": [response.data["detail"]]}]


def test_a_broken_connection_does_not_pass_for_a_shorter_body():
    content_type = "application/x-www-form-urlencoded"
    request = APIRequestFactory().generic("POST", "/", f"cover={TEXT}", content_type=content_type)
    request.META["CONTENT_LENGTH"] = "1000000"
    response = Echo.as_view()(request)
    assert (response.status_code, response.data["code"]) == (400, "malformed")


def test_a_body_that_middleware_has_read_already():
    request = APIRequestFactory().generic("POST", "/", json.dumps({"cover": TEXT}), content_type="application/json")
    assert request.body
    assert Echo.as_view()(request).data == {"cover": FILE}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"cover": TEXT, "best": {"picture": TEXT}}), "application/json"),
        ('{"cover": "' + TEXT + '", "cover": "' + TEXT + '"}', "application/json"),
        (f"cover={TEXT}", "application/x-www-form-urlencoded"),
    ],
    ids=["json", "twice", "form"],
)
def test_files_are_closed_with_the_request(body, content_type):
    request = APIRequestFactory().generic("POST", "/", body, content_type=content_type)
    Echo.as_view()(request)
    assert Echo.seen
    assert not any(file.closed for file in Echo.seen)
    request.close()  # Django does, at the end of every response
    assert all(file.closed for file in Echo.seen)


class Unread(io.BytesIO):
    def read(self, *args):
        raise AssertionError("the body was read")


class Staff(Echo):
    authentication_classes = (SessionAuthentication,)
    permission_classes = (permissions.IsAuthenticated,)


@pytest.mark.django_db
class TestSessionAuthentication:
    def request(self, admin_user, content_type="application/json", **extra):
        factory = RequestFactory(enforce_csrf_checks=True)
        request = factory.generic("POST", "/", "{}", content_type=content_type, **extra)
        request.user = admin_user
        request._dont_enforce_csrf_checks = False
        return request

    @pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
    def test_without_a_token_the_body_is_not_read(self, admin_user, content_type):
        request = self.request(admin_user, content_type)
        request._stream = Unread()
        assert Staff.as_view()(request).status_code == 403

    def test_with_a_token_in_the_header_it_is(self, admin_user):
        token = "a" * 32
        request = self.request(admin_user, HTTP_X_CSRFTOKEN=token)
        request.COOKIES["csrftoken"] = token
        assert Staff.as_view()(request).status_code == 200

    def test_a_page_without_a_script_sends_it_in_the_form(self, admin_user):
        token = "a" * 32
        body = f'--B\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n--B--\r\n'
        request = RequestFactory().generic("POST", "/", body, content_type="multipart/form-data; boundary=B")
        request.user, request._dont_enforce_csrf_checks = admin_user, False
        request.COOKIES["csrftoken"] = token
        assert Staff.as_view()(request).status_code == 200


def test_policies_of_an_upload_field_are_those_of_its_column():
    from tests.django.app.api import PictureSerializer

    assert PictureSerializer().fields["image"].policy == PICTURES


class Base(Echo):
    serializer_class = None

    def get_serializer_class(self):
        return Album


class Inherited(Base):
    pass


def test_a_serializer_chosen_by_a_parent_class():
    assert post(Inherited, {"cover": TEXT}).data == {"cover": FILE}


class Validates(Echo):
    """Tries one serializer after the other, as a view with two kinds of bodies does."""

    def post(self, request):
        return Response([self.get_serializer(data=request.data).is_valid() for _ in range(2)])


def test_a_file_can_be_looked_at_twice():
    assert post(Validates, {"cover": TEXT}).data == [True, True]
    with_metadata = SOI + exif_segment(tiff(6) + bytes(20_000)) + photo((300, 200))[2:] + b"tail" * 5000
    assert post(Validates, {"cover": base64.b64encode(with_metadata).decode()}).data == [True, True]
    assert post(Validates, {"cover": base64.b64encode(b"<html>" * 5000).decode()}).data == [False, False]


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_the_number_of_files_is_bounded(settings, content_type):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    one = f'"cover": "{TEXT}"' if content_type.endswith("json") else f"cover={TEXT}"
    for number, status in ((3, 200), (4, 400)):
        body = "{" + ",".join([one] * number) + "}" if content_type.endswith("json") else "&".join([one] * number)
        assert post(Echo, body, content_type).status_code == status


@pytest.mark.parametrize("encoding", ["punycode", "zlib", "idna", "utf-7", "unicode_escape", "nonsense", "\u00e9"])
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_encodings_that_no_client_has_reason_to_send(content_type, encoding):
    request = APIRequestFactory().generic("POST", "/", "{}", content_type=content_type)
    request._encoding = encoding
    response = Echo.as_view()(request)
    assert (response.status_code, response.data["code"]) == (400, "malformed")


def test_form_text_that_was_not_escaped():
    assert post(Echo, "title=Zo\u00eb".encode(), "application/x-www-form-urlencoded").data["title"] == "Zo\u00eb"


def test_a_name_in_a_data_url_that_was_not_escaped():
    body = {"cover": f"data:image/jpeg;name=\u00c9t\u00e9.jpg;base64,{TEXT}"}
    text = json.dumps(body, ensure_ascii=False).encode()
    assert post(Echo, text).data == {"cover": f"\u00c9t\u00e9.jpg image/jpeg {len(MANY_PIXELS)}"}


class Files(Echo):
    def post(self, request):
        type(self).found = request.data.getlist("loose")
        return Response({})


def test_files_of_a_list_in_a_multipart_body():
    head = b'--B\r\nContent-Disposition: form-data; name="loose"; filename="a.jpg"\r\n\r\n'
    post(Files, (head + MANY_PIXELS + b"\r\n") * 2 + b"--B--\r\n", "multipart/form-data; boundary=B")
    assert [type(file) for file in Files.found] == [SpooledFile, SpooledFile]
    response = post(Files, head + bytes(200_000) + b"\r\n--B--\r\n", "multipart/form-data; boundary=B")
    assert (response.status_code, response.data["code"]) == (413, "too_large")


class Named2(serializers.Serializer):
    gallery = serializers.DictField(child=Base64ImageField(policy=LARGE))


class Gallery(generics.GenericAPIView):
    serializer_class = Named2

    def post(self, request):
        self.get_serializer(data=request.data).is_valid(raise_exception=True)


def test_a_name_that_no_answer_can_repeat():
    response = post(Gallery, '{"gallery": {"\\ud800": "AAAA"}}')
    assert response.status_code == 415
    assert json.loads(response.content)["gallery"]


def test_a_list_of_errors_is_not_as_long_as_a_client_likes():
    body = '{"items": [' + "0," * 500_000 + '{"picture": "' + TEXT + '*"}]}'
    response = post(Echo, body)
    assert response.status_code == 400
    assert len(response.content) < 1_000
