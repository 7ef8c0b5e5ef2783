"""``flask safelight doctor``: examines this deployment, and says of each finding how to mend it."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from safelight.doctor import Level, examinations, fails, summary, told

from ..doctor import deployment


@click.command("doctor", short_help="Try what uploads need.")
@click.option("--json", "as_json", is_flag=True, help="A list of all findings, for programs.")
@click.option(
    "--fail-level",
    type=click.Choice([Level.ERROR.value, Level.WARNING.value]),
    default=Level.ERROR.value,
    show_default=True,
    help="From which level on the exit code is 1.",
)
@with_appcontext
def command(as_json: bool, fail_level: str) -> None:
    """Try what uploads need, for real, and say of each finding how to mend it: database, storages, temporary files,
    limits of bodies, other origins.

    Removes what it makes. Exits with 1 if something is wrong. Run it where and as whom the app runs.
    """
    site = deployment(current_app)
    counts = told(examinations(site), click.echo, encoding=sys.stdout.encoding, as_json=as_json)
    if fails(counts, Level(fail_level)):
        raise click.ClickException(summary(counts))
    if not as_json:
        click.echo(summary(counts))
