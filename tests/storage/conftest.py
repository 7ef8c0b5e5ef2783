"""The real stores, each started when the first test asks for it."""

from collections.abc import Iterator

import pytest
from tests.services.azure import CREDENTIALS as AZURE_CREDENTIALS
from tests.services.azure import Azurite, azurite
from tests.services.cloudinary import LocalCloudinary, local_cloudinary
from tests.services.swift import CREDENTIALS, Swift, swift


@pytest.fixture(scope="session")
def swift_server() -> Iterator[Swift]:
    with swift() as server:
        yield server


@pytest.fixture
def s3(swift_server: Swift, monkeypatch: pytest.MonkeyPatch) -> Swift:
    """With the credentials in the environment."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return swift_server


@pytest.fixture(scope="session")
def cloudinary_server() -> Iterator[LocalCloudinary]:
    with local_cloudinary() as server:
        yield server


@pytest.fixture(scope="session")
def azurite_server() -> Iterator[Azurite]:
    with azurite() as server:
        yield server


@pytest.fixture
def azure(azurite_server: Azurite, monkeypatch: pytest.MonkeyPatch) -> Azurite:
    """With the credentials in the environment."""
    for name, value in AZURE_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return azurite_server
