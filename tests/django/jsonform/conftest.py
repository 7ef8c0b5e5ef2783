"""Editors, and what their forms send to the file handler."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.pictures import photo

from safelight.django.models import Blob

HANDLER = "/json-file-handler/"
PLACE = {"field_name": "body", "model_name": "Story", "app_label": "gallery", "coords": "cover"}


def editor(name: str, *permissions: str, staff: bool = True) -> User:
    user = User.objects.create_user(name, is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="gallery"))
    return user


class Browser:
    """What the form does for whoever is signed in."""

    def __init__(self, user: User | None = None, **options: Any) -> None:
        self.user = user
        self.client = Client(raise_request_exception=False, **options)
        if user is not None:
            self.client.force_login(user)

    def upload(self, data: bytes | None = None, name: str = "holiday.jpg", url: str = HANDLER, **place: str):
        file = SimpleUploadedFile(name, photo() if data is None else data, "image/jpeg")
        return self.client.post(url, {**PLACE, **place, "file": file})

    def key(self, *args: Any, **place: str) -> str:
        response = self.upload(*args, **place)
        assert response.status_code == 201, response.content
        return response.json()["value"]

    def page(self, **query: Any):
        return self.client.get(HANDLER, {**PLACE, **query})

    def values(self, **query: Any) -> list[str]:
        response = self.page(**query)
        assert response.status_code == 200, response.content
        return [item["value"] for item in response.json()["results"]]

    def delete(self, *values: str, trigger: str = "delete_button", url: str = HANDLER, **place: str):
        return self.client.delete(url, query_params={**PLACE, **place, "trigger": trigger, "value": list(values)})


@pytest.fixture
def admin(db) -> Browser:
    return Browser(User.objects.create_superuser("admin"))


@pytest.fixture
def author(db) -> Browser:
    """May write pages, and no more: an author sees nobody else's files."""
    return Browser(editor("author", "add_story"))


@pytest.fixture
def state() -> Callable[[str], str | None]:
    """What the ledger says of a key; None if nothing."""
    return lambda key: Blob.objects.filter(key=key).values_list("state", flat=True).first()
