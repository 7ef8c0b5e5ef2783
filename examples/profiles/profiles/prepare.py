"""``flask --app profiles prepare``: what has to be there before the first request."""

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from .database import db


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Make the tables that are missing. Nobody is signed up: the page does that."""
    try:
        db.create_all()
    except OperationalError as error:
        raise click.ClickException(f"SAFELIGHT_DATABASE: the database cannot be used: {error.orig}") from error
