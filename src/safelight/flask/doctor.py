"""``flask safelight doctor``: examines this deployment, and says of each finding how to mend it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from safelight import decode
from safelight.doctor import (
    Deployment,
    Finding,
    Level,
    error,
    examinations,
    fails,
    ok,
    summary,
    told,
    warning,
)
from safelight.doctor.bodies import Limit
from safelight.doctor.cors import NEEDED, USEFUL, Cors
from safelight.policy import Policy

from .current import current
from .handler import policies_of
from .installing import COMMAND

_STRANGER = "https://safelight-doctor.invalid"  # an origin that nobody has (RFC 2606)
_ASKED = 20  # addresses


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


def deployment(app: Flask) -> Deployment:
    state = current()
    examined = state.records.examined()
    policies = list(dict.fromkeys([*examined.policies, *policies_of(app)]))
    return Deployment(
        names=sorted({*state.storages, *(policy.storage for policy in policies)}),
        storages=state.storages,
        ledger=examined.ledger,
        grace=state.config.grace,
        sweep="flask safelight sweep",
        owner=COMMAND,
        policies=policies,
        fields=Limit("MAX_FORM_MEMORY_SIZE", app.config["MAX_FORM_MEMORY_SIZE"]),
        body=Limit("MAX_CONTENT_LENGTH", app.config["MAX_CONTENT_LENGTH"]),
        database=examined.database,
        checks=lambda: _checks(policies),
        cors=lambda: _allowed(app),
    )


def _checks(policies: list[Policy]) -> Iterator[Finding]:
    well = True
    for policy in policies:
        if trouble := decode.trouble(policy):
            well = False
            yield error(f"{trouble}.", "Its uploads are refused until it does.")
        if trouble := decode.thumbnail_trouble(policy):
            well = False
            yield warning(f"{trouble}.", "Pictures are kept without.")
    if well:
        yield ok("The decoders that policies need are here, and start.")


def _allowed(app: Flask) -> Cors | None:
    """The most that any address allows. They are asked as a browser asks before it lets a page of another origin send
    something, so that it is seen whatever extension answers."""
    given = app.config.get("CORS_ORIGINS", ())  # Flask-CORS' own; what it was told elsewhere it keeps to itself
    origins = tuple(origin for origin in ([given] if isinstance(given, str) else given) if _is_origin(origin))
    found = [
        Cors(
            origins=origins,
            everybody=origin == _STRANGER,
            credentials=answer.get("Access-Control-Allow-Credentials") == "true",
            headers=frozenset(_names(answer.get("Access-Control-Allow-Headers", ""))),
        )
        for path in islice(_addresses(app), _ASKED)
        for origin in (_STRANGER, *origins)
        if (answer := _preflight(app, path, origin)).get("Access-Control-Allow-Origin") in ("*", origin)
    ]
    return max(found, key=lambda cors: (cors.everybody and cors.credentials, cors.everybody), default=None)


def _is_origin(given: Any) -> bool:
    return isinstance(given, str) and "://" in given and given.isprintable() and "*" not in given


def _names(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


def _addresses(app: Flask) -> Iterator[str]:
    """Those that take something."""
    for rule in app.url_map.iter_rules():
        if not rule.arguments and (rule.methods is None or rule.methods & {"POST", "PUT", "PATCH"}):
            yield rule.rule


def _preflight(app: Flask, path: str, origin: str) -> Any:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": f"{NEEDED}, {USEFUL}",
    }
    with app.test_client() as client, client.options(path, headers=asked) as answer:
        return answer.headers
