"""POST to the file handler: what comes is verified by the policy of its place, and everything else refused."""

import base64
import json
import time

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.urls import resolve
from tests.django.app.models import Page, Story
from tests.pictures import photo

from safelight.django.jsonform import handler
from safelight.django.models import Blob
from safelight.http.library import received

from .conftest import HANDLER, PLACE, Browser, editor

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 as good as any bytes"


def test_the_answer_has_all_that_a_form_shows(admin, stored):
    response = admin.upload(name="../../my <b>holiday</b>.jpg")
    answer = response.json()
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert stored() == [answer["value"]]
    assert answer == {
        "value": answer["value"],
        "url": f"/media/{answer['value']}",
        "thumbnail": None,
        "filename": "b>.jpg",
        "media_type": "image/jpeg",
        "size": Blob.objects.get().size,
        "metadata": {"name": "b>.jpg", "type": "JPEG", "size": answer["metadata"]["size"], "dimensions": "37 x 23"},
    }
    assert b"".join(admin.client.get(answer["url"])).startswith(b"\xff\xd8")


def test_the_ledger_knows_who_sent_it_and_by_which_policy(author):
    author.key()
    blob = Blob.objects.get()
    assert (blob.policy, blob.owner, blob.state) == ("pictures", str(author.user.pk), "ready")
    assert blob.free_since, "it expires, until a document names it"


@pytest.mark.parametrize("coords", ["cover", "gallery§0§picture", "gallery§99§picture", "scan"])
def test_a_place_without_a_policy_has_the_first(admin, coords):
    assert admin.upload(coords=coords).status_code == 201
    assert admin.upload(PDF, coords=coords).json()["code"] == "type_not_allowed"


def test_a_place_with_a_policy_has_that_one(admin):
    assert admin.upload(PDF, coords="attachment").status_code == 201
    assert Blob.objects.get().policy == "attachments"


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_body_comes(monkeypatch):
    """Not even with ATOMIC_REQUESTS: on SQLite those that have read may not write any more once others have written."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    found = []

    def look(*args):
        found.append(connection.in_atomic_block)
        return received(*args)

    monkeypatch.setattr(handler, "received", look)
    Browser(User.objects.create_superuser("admin")).key()
    assert found == [False]


def test_the_client_does_not_choose_the_policy(admin):
    for name in ("policy", "policy_name", "schema"):
        assert admin.upload(PDF, **{name: "attachments"}).status_code == 415


def test_django_jsonform_names_no_app_and_inlines_have_a_prefix(admin):
    assert admin.upload(app_label="").status_code == 201
    assert admin.upload(field_name="sections-12-data", model_name="Section", coords="picture").status_code == 201
    assert (
        admin.upload(field_name="sections-__prefix__-data", model_name="Section", coords="picture").status_code == 201
    )


def test_a_hostile_prefix_takes_linear_time(admin):
    started = time.process_time()
    assert admin.upload(field_name="-" * 19_000).status_code == 400
    assert time.process_time() - started < 1  # takes a hundredth of it


def test_a_schema_that_asks_for_the_row_is_asked_of_a_new_one(admin):
    place = {"field_name": "faces", "model_name": "Card"}
    assert admin.upload(**place, coords="front").status_code == 201
    assert admin.upload(**place, coords="back").status_code == 400


@pytest.mark.parametrize(
    "place",
    [
        {"model_name": "Nothing"},
        {"field_name": "slug"},
        {"field_name": "nothing"},
        {"model_name": "Page"},
        {"app_label": "auth"},
        {"coords": "title"},
        {"coords": "nowhere§0"},
        {"coords": "§".join("x" * 3000)},
        {"model_name": "User\0"},
    ],
)
def test_there_is_no_such_place(admin, stored, place):
    response = admin.upload(**place)
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert (stored(), Blob.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 400), (b"<html>", 415), (photo()[:-40], 422), (b"\xff\xd8\xff" + b"x" * 300_000, 413)],
)
def test_a_refusal_has_words_and_no_value(admin, stored, data, status):
    response = admin.upload(data)
    answer = response.json()
    assert response.status_code == status
    assert "value" not in answer
    assert answer["detail"]
    assert (stored(), Blob.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"a=b", "application/x-www-form-urlencoded"),
        (
            b"--x\r\nContent-Disposition: form-data; name=other; filename=a\r\n\r\nx\r\n--x--",
            "multipart/form-data; boundary=x",
        ),
        (b"\xff\0" * 999, "multipart/form-data; boundary=\xff"),
    ],
)
def test_a_body_that_is_no_upload(admin, body, content_type):
    response = admin.client.generic("POST", HANDLER, body, content_type=content_type)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "value" not in response.json()


def test_more_than_one_file(admin, upload, stored):
    assert admin.client.post(HANDLER, {**PLACE, "file": [upload(), upload()]}).status_code == 400
    assert stored() == []


def test_fields_without_end(admin, upload):
    assert admin.client.post(HANDLER, {**PLACE, "more": "x" * 50_000, "file": upload()}).status_code == 413
    assert (
        admin.client.post(HANDLER, {**PLACE, **{f"f{n}": "" for n in range(50)}, "file": upload()}).status_code == 400
    )


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("permission", ["add_story", "change_story"])
def test_staff_with_a_permission_for_the_model(permission):
    assert Browser(editor("somebody", permission)).upload().status_code == 201


def test_staff_without_one(stored):
    viewer = Browser(editor("viewer", "view_story", "add_picture"))
    response = viewer.upload()
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
    assert viewer.upload(model_name="").status_code == 403
    assert (stored(), Blob.objects.count()) == ([], 0)


class Unread:
    """A body that must not be read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("it was read")


@pytest.mark.parametrize("method", ["post", "get", "delete", "head"])
def test_nobody_is_told_so_in_json(method):
    response = getattr(Browser().client, method)(HANDLER)
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    if method != "head":
        assert response.json()["code"] == "not_signed_in"


@pytest.mark.parametrize("who", ["nobody", "visitor", "forged"])
def test_bodies_of_those_who_may_not_are_not_read(rf, who):
    view = resolve(HANDLER).func
    request = rf.post(HANDLER, content_type="multipart/form-data; boundary=x")
    request._stream, request._dont_enforce_csrf_checks = Unread(), False
    request.user = {
        "nobody": AnonymousUser,
        "visitor": lambda: User.objects.create_user("visitor"),
        "forged": lambda: User.objects.create_superuser("admin"),
    }[who]()
    assert view(request).status_code == (401 if who == "nobody" else 403)


def test_csrf_tokens_come_in_the_header():
    browser = Browser(User.objects.create_superuser("admin"), enforce_csrf_checks=True)
    refused = browser.upload()
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert browser.delete("x").status_code == 403
    assert browser.client.get("/admin/gallery/story/add/").status_code == 200
    browser.client.defaults["HTTP_X_CSRFTOKEN"] = browser.client.cookies["csrftoken"].value
    assert browser.upload().status_code == 201
    assert browser.delete("x").status_code == 404


def test_other_methods(admin):
    for method in ("PUT", "PATCH", "TRACE", "PROPFIND"):
        response = admin.client.generic(method, HANDLER)
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST, DELETE, OPTIONS")
        assert response.json()["code"] == "method_not_allowed"
    response = admin.client.options(HANDLER)
    assert (response.status_code, response.content) == (204, b"")


def test_a_permission_for_a_model_says_nothing_of_a_handler_that_it_does_not_use(admin):
    assert admin.upload(url="/other-file-handler/").status_code == 403
    assert admin.client.get("/other-file-handler/", PLACE).status_code == 403


def test_a_site_below_a_path(admin):
    """Addresses begin with the script's name, by which no view is found."""
    from django.urls import get_script_prefix, set_script_prefix

    from safelight.django.jsonform.handler import handler_at

    before = get_script_prefix()
    try:
        set_script_prefix("/below/")
        assert handler_at("/below/json-file-handler/") is resolve(HANDLER).func
    finally:
        set_script_prefix(before)
    assert handler_at("https://[") is handler_at("") is handler_at("/media/x") is None


def test_a_document_may_be_sent_as_base64(admin):
    """As some proxies do with the parts of a form."""
    head = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    fields = b"".join(head % (name.encode(), b"", value.encode()) for name, value in PLACE.items())
    encoding = b'; filename="a.jpg"\r\nContent-Transfer-Encoding: base64'
    body = fields + head % (b"file", encoding, base64.b64encode(photo())) + b"--x--\r\n"
    response = admin.client.generic("POST", HANDLER, body, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 201, response.content
    assert json.loads(response.content)["filename"] == "a.jpg"
    assert not Story.objects.exists()


def test_a_field_of_django_jsonform_is_as_good(admin, monkeypatch):
    """Moving begins with the view: its own field, and its script, go on as they are."""
    theirs = Page._meta.get_field("body")
    monkeypatch.setattr(theirs, "schema", Story._meta.get_field("body").schema, raising=False)
    monkeypatch.setattr(theirs, "file_handler", "", raising=False)
    assert admin.upload(PDF, model_name="Page").status_code == 415
    assert admin.upload(PDF, model_name="Page", coords="attachment").status_code == 201
    monkeypatch.setattr(theirs, "file_handler", "/elsewhere/", raising=False)
    assert admin.upload(model_name="Page").status_code == 403
