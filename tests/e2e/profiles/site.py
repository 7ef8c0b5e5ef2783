"""The profiles example in a real gunicorn process, and people who use it."""

import contextlib
import sqlite3
from typing import Any
from urllib.parse import urlsplit

import dev
import httpx
from tests.e2e.server import Server

PASSWORD = "a long enough password"


class Site(Server):
    example = "profiles"
    database = "profiles.sqlite3"
    table = '"user" WHERE profile_image IS NOT NULL'

    def manager(self) -> list[str]:
        return ["-m", "flask", "--app", str(dev.PROFILES / "profiles")]


class Person:
    """Somebody who has signed up: by a token, from wherever, or in a browser by the cookie."""

    def __init__(self, site: Site, email: str) -> None:
        self.site = site
        self.email = email
        with site.client() as client:
            response = client.post("/signup", json={"email": email, "password": PASSWORD})
        assert response.status_code == 201, response.text
        self.id, self.token = response.json()["id"], response.json()["token"]
        self.cookies = dict(response.cookies)

    @property
    def image(self) -> str:
        return f"/user/{self.id}/image"

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def client(self, **options: Any) -> httpx.Client:
        return self.site.client(headers=self.bearer | options.pop("headers", {}), **options)

    def browser(self, **options: Any) -> httpx.Client:
        """As our own page in a browser: the cookie, and what browsers say of where a request comes from."""
        headers = {"Origin": self.site.url, "Sec-Fetch-Site": "same-origin"} | options.pop("headers", {})
        return self.site.client(cookies=self.cookies, headers=headers, **options)

    def send(self, picture: bytes, method: str = "PUT", **options: Any) -> httpx.Response:
        with self.client() as client:
            return client.request(method, self.image, files={"profile_image": ("me.jpg", picture)}, **options)

    def key(self) -> str | None:
        """What the row holds."""
        return self.site.rows('SELECT profile_image FROM "user" WHERE id = ?', self.id)[0][0]


def execute(site: Site, sql: str, *values: object) -> None:
    """What an administrator would do."""
    with contextlib.closing(sqlite3.connect(site.data / site.database, timeout=20)) as connection, connection:
        connection.execute(sql, values)


def key_of(response: httpx.Response) -> str:
    """The key of a picture that was accepted, from the address in the answer, which is absolute and the site's own."""
    assert response.status_code == 200, response.text[:500]
    answer = response.json()
    assert set(answer) == {"id", "email", "profile_image_url"}
    url = urlsplit(answer["profile_image_url"])
    assert url[:2] == urlsplit(str(response.url))[:2]
    assert not url.query
    return url.path.removeprefix("/media/")
