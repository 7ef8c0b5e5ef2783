"""The tables of an app that uses Safelight."""

from sqlalchemy.orm import DeclarativeBase

from safelight.sqlalchemy.tables import Tables


class Base(DeclarativeBase):
    pass


TABLES = Tables.of(Base.metadata)
