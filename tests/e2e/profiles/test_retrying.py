"""A phone that got no answer sends its picture once more: the example in Flask."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.profiles.site import Person, Site, execute, key_of
from tests.e2e.profiles.test_lifecycle import assert_whole
from tests.e2e.retrying import Retrying, Send, killed_at_work, ten_at_once
from tests.pictures import photo
from tests.services.postgresql import postgresql


def sending(person: Person) -> Send:
    return lambda picture, headers: person.send(picture, headers=headers)


class TestProfiles(Retrying):
    @pytest.fixture
    def server(self, site: Site) -> Site:
        return site

    @pytest.fixture
    def send(self, ada: Person) -> Send:
        return sending(ada)

    @pytest.fixture
    def send_as_another(self, bob: Person) -> Send:
        return sending(bob)


def test_killed_at_work(new_site: Callable[..., Site], sign_up: Callable[[Site], Person]) -> None:
    site = new_site()
    ada = sign_up(site)
    once_more = killed_at_work(site, sending(ada), photo((3000, 2000)))
    execute(site, "UPDATE safelight_request SET created = '2020-01-01 00:00:00.000000'")
    answers = [once_more(), once_more()]
    assert key_of(answers[0]) == key_of(answers[1]) == ada.key()
    assert site.rows("SELECT blob_id FROM safelight_reference") == [(ada.key(),)]
    assert_whole(site)


def test_ten_at_once_on_postgresql(tmp_path: Path, sign_up: Callable[[Site], Person]) -> None:
    with postgresql() as url, Site(tmp_path, SAFELIGHT_DATABASE=url, SAFELIGHT_LOGIN_RATE="off") as site:
        ten_at_once(site, sending(sign_up(site)), photo((64, 48)))
