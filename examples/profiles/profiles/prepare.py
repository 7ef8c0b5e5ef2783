"""``flask --app profiles prepare``: what has to be there before the first request."""

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from safelight.errors import StorageUnavailable
from safelight.protocols import Remote, Storage

from .database import db


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Make the tables that are missing, and ask the storage whether it lets us in. Nobody is signed up: the page does
    that."""
    try:
        db.create_all()
    except OperationalError as error:
        raise click.ClickException(f"SAFELIGHT_DATABASE: the database cannot be used: {error.orig}") from error
    for storage in current_app.extensions["safelight"].storages.values():
        if trouble := _trouble(storage):
            raise click.ClickException(f"SAFELIGHT_STORAGE: {trouble}")


def _trouble(storage: Storage) -> str | None:
    try:
        return storage.trouble() if isinstance(storage, Remote) else None
    except StorageUnavailable:  # which may pass: until then uploads are answered with 503
        return None
