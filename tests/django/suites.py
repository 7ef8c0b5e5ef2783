"""What a suite of `safelight.testing` needs to be run on Django's ledger, on each of its databases."""

import pytest

from safelight.django.ledger import DjangoLedger


class OnDjango:
    """A suite's ledger is that of the default database."""

    def make_ledger(self) -> DjangoLedger:
        return DjangoLedger("default")


class OnEachDatabase(OnDjango):
    """In a test that is rolled back, and on the databases that commit for real."""

    @pytest.fixture(autouse=True, params=["db", "file_database", "postgresql_database"])
    def on_each_database(self, request: pytest.FixtureRequest) -> None:
        request.getfixturevalue(request.param)


@pytest.mark.usefixtures("mariadb_database")
class OnMariadb(OnDjango):
    pass
