"""Django's views, those of its REST framework, and the file handler: a request that is repeated is carried out once, in
whatever transaction it would have been."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import include, path
from django.utils.decorators import method_decorator
from rest_framework import routers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView
from tests.django.app.api import PictureViewSet
from tests.django.app.models import Album, Picture
from tests.django.jsonform.conftest import HANDLER, PLACE
from tests.pictures import photo

from safelight import formats, idempotency
from safelight.django.idempotency import idempotent
from safelight.django.models import Blob, Reference, Request
from safelight.django.rest_framework import Idempotent
from safelight.idempotency import REPLAYED

KEY = {"HTTP_IDEMPOTENCY_KEY": '"the first"'}


class Pictures(Idempotent, PictureViewSet):
    @action(methods=["post"], detail=False)
    def refuse(self, request):
        """As some write it, without an exception."""
        Album.objects.create(title="left over")
        return Response({"code": "no"}, status=400)

    @action(methods=["post"], detail=False)
    def fail(self, request):
        Album.objects.create(title="left over")
        raise ZeroDivisionError


@idempotent
def add_album(request):
    """How it answers is asked of it."""
    album = Album.objects.create(title=request.POST.get("title") or json.loads(request.body)["title"])
    how = request.GET.get("how", "text")
    if how == "redirect":
        return HttpResponse(status=303, headers={"Location": f"/albums/{album.pk}/", "Set-Cookie": "a=b"})
    if how == "template":
        return TemplateResponse(request, engines["django"].from_string("album {{ pk }}"), {"pk": album.pk})
    if how == "stream":
        return StreamingHttpResponse([b"album"])
    if how == "no stream":
        return StreamingHttpResponse([b"no"], status=409)
    if how == "refused":
        return HttpResponse(status=409)
    if how == "error":
        raise ZeroDivisionError
    return HttpResponse(f"album {album.pk} {connection.in_atomic_block}")


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class Whether(Idempotent, APIView):
    """Says whether it is asked in a transaction, and wants to be in none."""

    def post(self, request):
        return Response(connection.in_atomic_block)


router = routers.SimpleRouter()
router.register("pictures", Pictures)
urlpatterns = [
    path("albums/", add_album),
    path("whether/", Whether.as_view()),
    path("", include("tests.django.app.urls")),
    path("", include(router.urls)),
]
pytestmark = pytest.mark.urls(__name__)


def add(client: Client, how: str = "text", data: object = None, **headers: str):
    with suppress(ZeroDivisionError):
        return client.post(f"/albums/?how={how}", data or {"title": "x"}, **KEY | headers)
    return None


@pytest.fixture(params=[False, True], ids=["", "ATOMIC_REQUESTS"])
def either_way(request, settings, db) -> None:
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = request.param
    yield
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = False


@pytest.mark.usefixtures("either_way")
class TestPlainViews:
    def test_twice_is_once(self, client):
        first, second = add(client), add(client)
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert first.headers["Content-Type"] == second.headers["Content-Type"]
        assert (REPLAYED in first.headers, second.headers[REPLAYED]) == (False, "true")
        assert Album.objects.count() == 1

    def test_a_redirect_and_a_template(self, client):
        moved = [add(client, "redirect") for _ in range(2)]
        assert moved[0].headers["Location"] == moved[1].headers["Location"]
        assert (moved[1].status_code, "Set-Cookie" in moved[1].headers) == (303, False)
        shown = [add(client, "template", HTTP_IDEMPOTENCY_KEY="another") for _ in range(2)]
        assert shown[0].content == shown[1].content == f"album {Album.objects.last().pk}".encode()
        assert Album.objects.count() == 2

    def test_a_stream_is_not_given_again(self, client):
        assert b"".join(add(client, "stream")) == b"album"
        again = add(client, "stream")
        assert (again.status_code, again.json()["code"]) == (409, "answer_not_kept")
        assert Album.objects.count() == 1

    @pytest.mark.parametrize("how", ["refused", "no stream", "error"])
    def test_what_did_not_succeed_leaves_nothing(self, client, how):
        add(client, how)
        assert (Album.objects.count(), Request.objects.count()) == (0, 0)
        assert add(client).status_code == 200

    def test_refusals_are_problems(self, client):
        add(client)
        reused, invalid = add(client, data={"title": "y"}), add(client, HTTP_IDEMPOTENCY_KEY="größe")
        assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
        assert (invalid.status_code, invalid.json()["code"]) == (400, "idempotency_key_invalid")
        assert {answer.headers["Content-Type"] for answer in (reused, invalid)} == {"application/problem+json"}
        assert add(client, "redirect").status_code == 422, "the query is part of it"

    def test_a_body_that_is_no_form(self, client):
        def send(title: str):
            return client.post("/albums/", {"title": title}, content_type="application/json", **KEY)

        assert send("x").content == send("x").content
        assert send("y").status_code == 422

    def test_each_user_has_his_own(self, client, django_user_model):
        answers = [add(client).content]
        for name in ("ada", "bob"):
            client.force_login(django_user_model.objects.create(username=name))
            answers += [add(client).content, add(client).content]
        assert len(set(answers)) == Album.objects.count() == 3


@pytest.fixture
def atomic_requests(transactional_db):
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = True
    yield
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = False


def test_without_a_key_a_view_that_wants_no_transaction_has_none(api, atomic_requests):
    assert api.post("/whether/").json() is False
    assert api.post("/whether/", **KEY).json() is True


@pytest.mark.parametrize("atomic", [False, True])
def test_without_a_key_nothing_is_asked_and_transactions_are_as_ever(
    client, transactional_db, django_assert_num_queries, atomic
):
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = atomic
    try:
        with django_assert_num_queries(3 if atomic else 1):
            assert client.post("/albums/", {"title": "x"}).content.endswith(str(atomic).encode())
    finally:
        connections["default"].settings_dict["ATOMIC_REQUESTS"] = False


def test_an_async_view_is_not_taken():
    async def view(request): ...

    with pytest.raises(TypeError, match="async"):
        idempotent(view)


@pytest.mark.usefixtures("either_way")
class TestTheRestFramework:
    def send(self, api, title: str = "x", url: str = "/pictures/", **options):
        data = {"title": title, "image": SimpleUploadedFile("a.jpg", photo())}
        return api.post(url, data, format="multipart", **KEY | options)

    def test_twice_is_once(self, api):
        first, second = self.send(api), self.send(api)
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert first.status_code == 201
        assert second.headers["Content-Type"] == "application/json"
        assert (REPLAYED in first.headers, second.headers[REPLAYED]) == (False, "true")
        assert second.headers["Allow"] == first.headers["Allow"]
        assert (Picture.objects.count(), Blob.objects.count(), Reference.objects.count()) == (1, 1, 1)

    def test_a_replacement_and_a_deletion(self, api):
        address = f"/pictures/{self.send(api).json()['pk']}/"
        changes = [api.patch(address, {"title": "new"}, **KEY) for _ in range(2)]
        assert changes[0].json() == changes[1].json()
        gone = [api.delete(address, **KEY) for _ in range(2)]
        assert [(answer.status_code, answer.content) for answer in gone] == [(204, b"")] * 2
        assert "Content-Type" not in gone[1].headers
        assert api.get(address, **KEY).status_code == 404

    def test_a_key_is_for_one_request(self, api):
        self.send(api)
        answer = self.send(api, "y")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        answer = self.send(api, HTTP_ACCEPT="application/json; indent=4")
        assert answer.status_code == 422, "another answer is asked for"
        answer = self.send(api, HTTP_IDEMPOTENCY_KEY="")
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
        assert Picture.objects.count() == 1

    def test_while_it_is_worked_on(self, api, monkeypatch):
        self.send(api)
        Request.objects.update(status=None)
        monkeypatch.setattr(idempotency.time, "sleep", lambda seconds: None)
        clock = iter(range(0, 100, 3))
        monkeypatch.setattr(idempotency.time, "monotonic", lambda: next(clock))
        answer = self.send(api)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
        assert int(answer.headers["Retry-After"]) == 10

    @pytest.mark.parametrize("method", ["HANDLE_EXCEPTION", "FINALIZE_RESPONSE", "HEADERS"])
    def test_a_method_may_be_called_like_anything_in_the_view(self, api, method):
        answer = api.generic(method, "/pictures/", **KEY)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")

    def test_what_did_not_succeed_leaves_nothing(self, api, stored):
        assert api.post("/pictures/", {"title": "x", "image": "PGh0bWw+"}, **KEY).status_code == 415
        assert api.post("/pictures/refuse/", {}, **KEY).status_code == 400
        with suppress(ZeroDivisionError):
            api.post("/pictures/fail/", {}, **KEY)
        assert (Album.objects.count(), Request.objects.count(), stored()) == (0, 0, [])
        assert self.send(api).status_code == 201


@pytest.fixture
def staff(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff"))
    return client


class TestTheFileHandler:
    def send(self, client: Client, data: bytes, **headers: str):
        file = SimpleUploadedFile("a.jpg", data, "image/jpeg")
        return client.post(HANDLER, {**PLACE, "file": file}, **KEY | headers)

    def test_twice_is_once(self, staff):
        first, second = self.send(staff, photo()), self.send(staff, photo())
        assert (first.status_code, first.json()) == (201, second.json())
        assert second.headers[REPLAYED] == "true"
        assert Blob.objects.count() == 1

    def test_refusals(self, staff):
        assert self.send(staff, b"<html>").status_code == 415
        assert self.send(staff, photo()).status_code == 201
        assert self.send(staff, photo((3, 3))).json()["code"] == "idempotency_key_reused"
        assert self.send(staff, photo(), HTTP_IDEMPOTENCY_KEY="x" * 10_000).json()["code"] == "idempotency_key_invalid"
        assert Blob.objects.count() == 1


@pytest.mark.parametrize("where", [TestTheRestFramework, TestTheFileHandler])
def test_nobody_waits_while_a_file_is_checked(where, transactional_db, monkeypatch):
    """SQLite has one writer: whoever sends costly files would be the only one."""
    if connection.vendor != "sqlite":
        pytest.skip("for databases with one writer")
    seen, inspect = [], formats.inspect

    def inspected(*args):
        seen.append((connection.in_atomic_block, connection.connection.in_transaction))
        return inspect(*args)

    monkeypatch.setattr(formats, "inspect", inspected)
    if where is TestTheRestFramework:
        answer = where().send(APIClient())
    else:
        client = Client()
        client.force_login(User.objects.create_superuser("staff"))
        answer = where().send(client, photo())
    assert (answer.status_code, seen) == (201, [(True, False)])
    assert Request.objects.get().status == 201


def test_a_transaction_that_is_begun_late_is_one_all_the_same(transactional_db, client, rf):
    def after_commit():
        with transaction.atomic():
            pass
        Album.objects.count()

    @idempotent
    def view(request):
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {Album._meta.db_table} (title) VALUES (%s)", [["a"], ["b"]])
        transaction.on_commit(after_commit)
        return HttpResponse(status=400 if "refused" in request.GET else 200)

    assert add(client, "refused").status_code == 409
    with suppress(ZeroDivisionError):
        add(client, "error")
    assert view(rf.post("/?refused", **KEY)).status_code == 400
    assert (Album.objects.count(), Request.objects.count()) == (0, 0)
    assert view(rf.post("/", **KEY)).status_code == 200
    assert add(client).content.endswith(b"True")
    assert (Album.objects.count(), connection.get_autocommit(), connection.execute_wrappers) == (3, True, [])
    assert not getattr(connection.connection, "in_transaction", False)


def test_at_the_same_time_in_transactions_and_in_one_that_is_rolled_back(postgresql_database):
    """PostgreSQL: the claim is committed beside the transaction, and the answer only with it."""
    begun = threading.Barrier(5, timeout=30)

    def send(_: int) -> tuple[int, bytes]:
        begun.wait()
        try:
            with transaction.atomic():
                answer = TestTheRestFramework().send(APIClient())
                return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(send, range(5)))) == 1
    assert (Picture.objects.count(), Request.objects.filter(status=201).count()) == (1, 1)
    with suppress(ZeroDivisionError), transaction.atomic():
        TestTheRestFramework().send(APIClient(), HTTP_IDEMPOTENCY_KEY="rolled-back")
        raise ZeroDivisionError
    assert Picture.objects.count() == 1
    assert list(Request.objects.filter(status=None).values_list("answer", flat=True)) == [""]
