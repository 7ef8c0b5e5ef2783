"""The sweep on real databases: every kind keeps the same rules, and those who come at the same time are not hurt."""

import pytest

from safelight.django.ledger import DjangoLedger
from safelight.testing import SweepConformance


class Conformance(SweepConformance):
    def make_ledger(self) -> DjangoLedger:
        return DjangoLedger("default")


@pytest.mark.usefixtures("db")
class TestInsideTestCase(Conformance):
    pass


@pytest.mark.usefixtures("transactional_db")
class TestInMemory(Conformance):
    pass


@pytest.mark.usefixtures("file_database")
class TestSqliteFile(Conformance):
    pass


@pytest.mark.usefixtures("postgresql_database")
class TestPostgresql(Conformance):
    pass
