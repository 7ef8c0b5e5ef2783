"""Multipart bodies through DRF: what has no policy goes through Django's upload handlers, as if Django read it."""

import gc
import os
from typing import ClassVar

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, TemporaryUploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    SkipFile,
    StopUpload,
    TemporaryFileUploadHandler,
)
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from rest_framework import views
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from tests.pictures import photo

from safelight import KB, Policy
from safelight.django.files import SpooledFile

PICTURE = photo((300, 200))
COVERS = Policy("covers", max_bytes=100 * KB)


class Keep(views.APIView):
    """Notes what it got, while it is open."""

    upload_policies: ClassVar = {"cover": COVERS}

    def post(self, request):
        type(self).data, type(self).files = request.data, request.FILES
        type(self).contents = {name: [file.read() for file in files] for name, files in request.FILES.lists()}
        return Response({})


def part(name, data, filename=None, *headers):
    claims = f'; filename="{filename}"' if filename else ""
    lines = [f'Content-Disposition: form-data; name="{name}"{claims}', *headers, "", ""]
    return "\r\n".join(lines).encode() + data


def post(*parts):
    body = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"
    request = APIRequestFactory().generic("POST", "/", body, content_type="multipart/form-data; boundary=B")
    try:
        return Keep.as_view()(request)
    finally:
        request.close()


@pytest.mark.parametrize(("limit", "kind"), [(1_000_000, InMemoryUploadedFile), (1000, TemporaryUploadedFile)])
def test_each_file_is_what_it_would_be(settings, limit, kind):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = limit
    post(
        part("note", b"one"),
        part("cover", PICTURE, "a.jpg", "Content-Type: image/jpeg"),
        part("other", PICTURE * 9, "../b.txt", "Content-Type: text/plain; charset=utf-8"),
        part("note", "zw\u00f6lf".encode()),
        part("other", b"", "empty"),
        part("none", b"", "/"),
    )
    assert Keep.data.getlist("note") == ["one", "zw\u00f6lf"]
    assert Keep.contents == {"cover": [PICTURE], "other": [PICTURE * 9, b""]}
    (cover,), (other, _) = Keep.files.getlist("cover"), Keep.files.getlist("other")
    assert [type(cover), type(other)] == [SpooledFile, kind]
    assert (other.name, other.content_type, other.size) == ("b.txt", "text/plain", 9 * len(PICTURE))
    assert (other.charset, other.content_type_extra) == (b"utf-8", {"charset": b"utf-8"})
    assert cover.name == "a.jpg"


def test_the_fields_cannot_be_changed():
    post(part("note", b"one"))
    with pytest.raises(AttributeError):
        Keep.data.appendlist("note", "two")


class Watching(FileUploadHandler):
    """Sees what comes, and leaves it to the next."""

    chunk_size = 1000
    seen: list

    def new_file(self, *arguments, **named):
        super().new_file(*arguments, **named)
        type(self).seen = []

    def receive_data_chunk(self, data, start):
        self.seen.append((start, len(data)))
        return data

    def file_complete(self, size):
        self.seen.append(size)

    def upload_complete(self):
        self.seen.append("complete")


class Skipping(Watching):
    def receive_data_chunk(self, data, start):
        raise SkipFile


class SkippingAtOnce(Watching):
    def new_file(self, *arguments, **named):
        super().new_file(*arguments, **named)
        raise SkipFile


class Stopping(Watching):
    def receive_data_chunk(self, data, start):
        raise StopUpload(connection_reset=True)


class TakingOver(FileUploadHandler):
    def handle_raw_input(self, stream, meta, length, boundary, encoding=None):
        assert boundary == b"B"
        assert len(stream.read()) == length
        return QueryDict("taken=over"), MultiValueDict()


class Watched(TemporaryFileUploadHandler):
    made: list

    def new_file(self, *arguments, **named):
        super().new_file(*arguments, **named)
        type(self).made = [self.file]


def handled_by(settings, *handlers):
    settings.FILE_UPLOAD_HANDLERS = [f"{handler.__module__}.{handler.__name__}" for handler in handlers]


def test_handlers_get_chunks_of_the_size_they_ask_for(settings):
    handled_by(settings, Watching, TemporaryFileUploadHandler)
    post(part("other", bytes(2500), "a"))
    assert Watching.seen == [(0, 1000), (1000, 1000), (2000, 500), 2500, "complete"]
    assert Keep.contents == {"other": [bytes(2500)]}


@pytest.mark.parametrize("handler", [Skipping, SkippingAtOnce])
def test_a_handler_may_skip_a_file(settings, handler):
    handled_by(settings, handler)
    assert post(part("other", bytes(2500), "a"), part("note", b"one")).status_code == 200
    assert dict(Keep.data.lists()) == {"note": ["one"]}


def test_a_handler_may_stop_the_upload(settings):
    handled_by(settings, Stopping)
    response = post(part("cover", PICTURE, "a.jpg"), part("other", bytes(2500), "a"))
    assert (response.status_code, response.data["code"]) == (400, "malformed")


def test_a_handler_may_read_the_body_itself(settings):
    handled_by(settings, TakingOver)
    assert post(part("other", bytes(2500), "a")).status_code == 200
    assert dict(Keep.data.lists()) == {"taken": ["over"]}


@pytest.mark.parametrize("last", [b"no headers", part("cover", bytes(200_000), "a.jpg")])
def test_of_a_refused_body_nothing_is_left(settings, last):
    handled_by(settings, Watched)
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    response = post(part("cover", PICTURE, "a.jpg"), part("other", b"x", "a"), part("other", b"x", "a"), last)
    assert response.status_code in (400, 413)
    (file,) = Watched.made
    assert file.closed
    assert not os.path.exists(file.temporary_file_path())
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_that_is_too_large_is_named(settings):
    response = post(part("cover", bytes(200_000), "a.jpg"))
    assert (response.status_code, response.data["code"]) == (413, "too_large")
    assert "cover" in response.data
