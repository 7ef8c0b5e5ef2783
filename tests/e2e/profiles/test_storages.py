"""Profile pictures in a cloud, by one environment variable: the row keeps one short key. A storage that does not let us
in stops the start, and is named."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.e2e.profiles.site import Person, Site
from tests.pictures import pixels
from tests.services.cloudinary import LocalCloudinary
from tests.services.swift import CREDENTIALS, Swift

BUCKET = "profiles"


def assert_kept_in_the_cloud(site: Site, ada: Person, portrait: bytes) -> None:
    response = ada.send(portrait)
    assert response.status_code == 200, response.text
    url, key = response.json()["profile_image_url"], ada.key()
    assert key
    assert re.fullmatch(r"avatars/\d{4}/\d\d/[a-z2-7]{29}\.jpg", key)
    assert key in url
    assert not url.startswith(site.url)
    assert site.files() == []
    served = httpx.get(url, trust_env=False)
    assert served.headers["Content-Type"] == "image/jpeg"
    assert pixels(served.content) == pixels(portrait)


def test_in_s3(new_site: Callable[..., Site], sign_up: Callable[[Site], Person], store: Swift, portrait: bytes) -> None:
    site = new_site(SAFELIGHT_STORAGE=store.url(BUCKET, "pictures"), **CREDENTIALS)
    assert_kept_in_the_cloud(site, sign_up(site), portrait)


def test_at_cloudinary(
    new_site: Callable[..., Site], sign_up: Callable[[Site], Person], cloud: LocalCloudinary, portrait: bytes
) -> None:
    site = new_site(SAFELIGHT_STORAGE=cloud.url())
    assert_kept_in_the_cloud(site, sign_up(site), portrait)


def test_wrong_credentials_stop_the_start(tmp_path: Path, cloud: LocalCloudinary) -> None:
    with pytest.raises(AssertionError, match="SAFELIGHT_STORAGE: Cloudinary refuses") as caught:
        Site(tmp_path / "wrong", SAFELIGHT_STORAGE=cloud.url("hunter2")).prepare()
    assert "Traceback" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_no_credentials_stop_the_start(tmp_path: Path) -> None:
    nowhere = {"AWS_METADATA_ENDPOINT": "http://127.0.0.1:1", "SAFELIGHT_STORAGE": "s3://b?endpoint=http://127.0.0.1:1"}
    with pytest.raises(AssertionError, match="SAFELIGHT_STORAGE: it has no addresses") as caught:
        Site(tmp_path / "wrong", **nowhere).prepare()
    assert "Traceback" not in str(caught.value)
