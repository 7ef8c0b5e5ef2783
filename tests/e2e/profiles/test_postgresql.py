"""The same site on PostgreSQL: two who write the same row wait for each other there, and not for the whole database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.e2e.checks import assert_refused
from tests.e2e.profiles.site import PASSWORD, Person, Site, key_of
from tests.pictures import photo
from tests.services.postgresql import postgresql


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture
def sites(tmp_path: Path, database: str) -> Iterator[list[Site]]:
    """Two servers that share a database and a folder."""
    options = {"SAFELIGHT_DATABASE": database, "SAFELIGHT_STORAGE": (tmp_path / "media").as_uri()}
    with Site(tmp_path / "one", **options) as one, Site(tmp_path / "two", **options) as two:
        yield [one, two]


def test_two_servers_leave_exactly_one_picture_attached(
    sites: list[Site], sign_up: Callable[[Site], Person], tmp_path: Path
) -> None:
    one, two = sites
    ada = sign_up(one)
    with two.client() as client:
        response = client.post("/login", json={"email": ada.email, "password": PASSWORD})
        assert response.json()["id"] == ada.id
        assert_refused(client.post("/signup", json={"email": ada.email, "password": PASSWORD}), 409, "conflict")

    def send(number: int) -> httpx.Response:
        with sites[number % 2].client(headers=ada.bearer) as client:
            return client.put(ada.image, files={"profile_image": ("a.jpg", photo((64, 48), seed=number))})

    with ThreadPoolExecutor(12) as pool:
        keys = {key_of(response) for response in pool.map(send, range(24))}
    assert len(keys) == 24
    assert one.rows("SELECT blob_id FROM safelight_reference") == [(ada.key(),)]
    assert one.rows("SELECT key FROM safelight_blob WHERE free_since IS NULL") == [(ada.key(),)]
    assert "Deleted 23 files, unused" in two.manage("safelight", "sweep", "--grace", "0s")
    left = {path.name for path in (tmp_path / "media").rglob("*.jpg")}
    assert left == {Path(ada.key() or "").name}
    with two.client() as client:
        assert client.get(f"/media/{ada.key()}").status_code == 200
