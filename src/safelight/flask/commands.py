"""``flask safelight sweep`` deletes the files that nothing refers to any more, ``flask safelight move`` brings files to
another storage; both say in words what they did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
from flask.cli import AppGroup

from safelight import move_report, sweep_report
from safelight.durations import duration
from safelight.move import move
from safelight.sweep import sweep

from . import doctor
from .adopting import adopt
from .audit_command import audit_command
from .current import NAME, current
from .installing import COMMAND, installation, remedied
from .progress import bar


class _Duration(click.ParamType[timedelta]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            return duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def commands() -> AppGroup:
    group = AppGroup(NAME, help="What Safelight does by itself.")
    group.command("sweep", short_help="Delete the files that nothing uses.")(_sweep)
    group.command("move", short_help="Move files to another storage.")(_move)
    group.command("audit", short_help="Compare what rows name with the ledger.")(audit_command)
    group.command("installation", short_help="Say whose the files are.")(installation)
    group.add_command(adopt)
    group.add_command(doctor.command)
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
    with remedied(), bar("Files looked at", quiet=quiet) as progress:
        ledger, look = state.records.sweeping()
        swept = sweep(ledger, state.storages, look=look, grace=period, batch=batch, dry_run=dry_run, progress=progress)
    if not quiet:
        for sentence in sweep_report.sentences(swept, period, dry_run):
            click.echo(sentence)
    if not swept.complete:
        raise click.ClickException("\n".join(sweep_report.troubles(swept, COMMAND)))


@click.option("--from", "source", required=True, metavar="NAME", help="Where the files are.")
@click.option("--to", "target", required=True, metavar="NAME", help="Where they shall be.")
@click.option(
    "--delete",
    is_flag=True,
    help="Afterwards delete what was left behind, by this and by earlier moves: addresses that somebody still has may "
    "name it there.",
)
@click.option("--quiet", is_flag=True, help="Say nothing but what could not be done.")
def _move(source: str, target: str, delete: bool, quiet: bool) -> None:
    """Move the files of one storage in SAFELIGHT_STORAGE to another, while the app runs: each is copied, read again and
    compared with its sha256, and then the ledger says where it is.

    Safe to be killed, and to run again. Exits with 1 if files are left that should have been moved.
    """
    state = current()
    with remedied(), bar("Files", quiet=quiet) as progress:
        moved = move(state.records.moving(), state.storages, source, target, delete=delete, progress=progress)
    if not quiet:
        for sentence in move_report.sentences(moved, source, target):
            click.echo(sentence)
    if not moved.complete:
        raise click.ClickException("\n".join(move_report.troubles(moved, source)))
