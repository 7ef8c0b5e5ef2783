"""An app with a database and a folder of its own for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.flask import site
from tests.pictures import photo


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    apps: list[Flask] = []

    def make(**config: Any) -> Flask:
        folder = tmp_path / f"app{len(apps)}"
        folder.mkdir()
        apps.append(site.create_app(folder, **config))
        return apps[-1]

    yield make
    for app in apps:
        with app.app_context():
            site.db.session.remove()
            site.db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def picture() -> bytes:
    return photo((120, 90))
