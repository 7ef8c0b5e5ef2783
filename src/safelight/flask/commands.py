"""``flask safelight sweep``: deletes the files that nothing refers to any more, and says in words what it did."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import click
from flask.cli import AppGroup

from safelight.durations import duration
from safelight.sweep import sweep
from safelight.sweep_report import sentences, troubles

from .current import NAME, current


class _Duration(click.ParamType[timedelta]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            return duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def commands() -> AppGroup:
    group = AppGroup(NAME, help="What Safelight does by itself.")
    group.command("sweep")(_sweep)
    return group


@click.option(
    "--grace",
    type=_Duration(),
    metavar="24h",
    help="How long files must have been unused: a number with s, m, h or d behind it. Default: SAFELIGHT_GRACE, which "
    "is 24h if not set. Uploads under way are given an hour at least.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Files at a time.")
@click.option("--quiet", is_flag=True, help="Say nothing but what could not be done.")
def _sweep(grace: timedelta | None, dry_run: bool, batch: int, quiet: bool) -> None:
    """Delete the files that nothing has referred to for longer than the grace period, and what is left of uploads that
    were never finished.

    Safe to run at any time and several times at once, and to be killed. Exits with 1 if something could not be deleted
    and is left to the next run.
    """
    state = current()
    period = state.config.grace if grace is None else grace
    ledger, look = state.records.sweeping()
    is_seen = not quiet and sys.stdout.isatty()
    with click.progressbar(length=0, label="Files looked at", show_pos=True, hidden=not is_seen) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        swept = sweep(ledger, state.storages, look=look, grace=period, batch=batch, dry_run=dry_run, progress=progress)
    if not quiet:
        for sentence in sentences(swept, period, dry_run):
            click.echo(sentence)
    if not swept.complete:
        raise click.ClickException("\n".join(troubles(swept)))
