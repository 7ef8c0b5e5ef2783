"""SQL, which no model hears of."""

from django.db import connection
from tests.django.app.models import Archive, Magazine, Motto, Page, Picture, Story

from safelight.django import models


def sql(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def truncate() -> None:
    of_rows = (Magazine, Motto, Picture, Archive, Page, Story)
    tables = [model._meta.db_table for model in (*of_rows, models.Reference, models.Blob)]
    sql(f"TRUNCATE {', '.join(tables)} CASCADE")
