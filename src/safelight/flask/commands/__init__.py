"""``flask safelight``: what Safelight does by itself, a command in each module; all say in words what they did."""

from __future__ import annotations

from flask.cli import AppGroup

from ..current import NAME
from . import adopt, audit, doctor, installation, move, sweep, thumbnails


def commands() -> AppGroup:
    group = AppGroup(NAME, help="What Safelight does by itself.")
    for each in (sweep, move, audit, installation, adopt, thumbnails, doctor):
        group.add_command(each.command)
    return group
