"""``flask safelight audit`` compares rows, references and storage, says how they differ, and mends it if asked."""

from __future__ import annotations

import click

from safelight.audit import audit
from safelight.audit_report import sentences, troubles

from .current import current
from .installing import remedied
from .progress import bar


@click.option(
    "--repair",
    is_flag=True,
    help="Let the ledger say what the rows say. No row is changed and no byte is touched: sweeps delete later what "
    "turns out to be in use nowhere.",
)
@click.option(
    "--storage",
    is_flag=True,
    help="Also ask the storages whether each file is there, and list what is there and in no ledger. The storages must "
    "be this app's alone.",
)
@click.option(
    "--rotate",
    type=click.IntRange(1),
    metavar="N",
    help="Look at the next N rows, references and files only, from where the last run with --rotate has ended.",
)
@click.option("--quiet", is_flag=True, help="Say nothing but what is left to be done.")
def audit_command(repair: bool, storage: bool, rotate: int | None, quiet: bool) -> None:
    """Compare what rows name with what the ledger knows of it, and say where they differ: after bulk updates, raw SQL,
    or a backup that was restored. Changes nothing without --repair.

    Safe to run at any time and several times at once, and to be killed. Exits with 1 if a difference is left.
    """
    state = current()
    with remedied(), bar("Looked at", quiet=quiet) as progress:
        ledger, rows = state.records.auditing()
        audited = audit(
            ledger,
            rows,
            state.storages,
            repair=repair,
            storage=storage,
            rotate=rotate,
            progress=progress if not quiet else None,
        )
    if not quiet:
        for sentence in sentences(audited, repair=repair, rotate=rotate is not None):
            click.echo(sentence)
    if not audited.complete:
        raise click.ClickException("\n".join(troubles(audited, repair=repair)))
