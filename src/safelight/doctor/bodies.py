"""How large a request may be: who stands before a policy must let through what it accepts, and what is no file must be
bounded, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..policy import Policy
from .finding import Finding, error, note, ok, warning

_LEAST = 10_000  # bytes of what a form holds besides files
_MOST = 100_000_000


class Limit(NamedTuple):
    """A setting, and how many bytes it allows; None: any."""

    name: str
    bytes: int | None


def largest(policies: Sequence[Policy]) -> Policy | None:
    """The one that takes the largest files."""
    return max(policies, key=lambda policy: policy.max_bytes, default=None)


def in_base64(count: int) -> int:
    """Bytes of a body with a file of so many: four characters for three, and something around them."""
    return -(-count // 3) * 4 + 1000


def examine(policies: Sequence[Policy], *, body: Limit | None, fields: Limit) -> Iterator[Finding]:
    """`body` bounds the whole of a request, where the framework does, and `fields` what of it is no file."""
    policy = largest(policies)
    if policy is None:
        yield note("No policy is seen from here, so that no limit can be compared with it.")
    else:
        if body is not None:
            yield _body(body, policy)
        megabytes = -(-in_base64(policy.max_bytes) // 1_000_000)
        yield note(
            f"The largest files are those of policy {policy.name!r}: in base64 a body of {megabytes} MB. What a web "
            "server or a load balancer allows is not seen from here.",
            f"Allow as much there, in nginx: client_max_body_size {megabytes}m;",
        )
    yield _fields(fields)


def _body(limit: Limit, policy: Policy) -> Finding:
    if limit.bytes is None:
        return note(f"{limit.name} is not set: each policy bounds its files, and nothing the whole of a body.")
    needed, told = in_base64(policy.max_bytes), f"{limit.name} ({limit.bytes:,})"
    if limit.bytes < policy.max_bytes:
        return error(
            f"{told} refuses files that policy {policy.name!r} accepts ({policy.max_bytes:,} bytes).",
            f"Set it to {needed:,} or more, or the policy's max_bytes to less.",
        )
    if limit.bytes < needed:
        return warning(
            f"{told} lets the files of policy {policy.name!r} through, and not in base64, which is a third larger.",
            f"Set it to {needed:,} or more.",
        )
    return ok(f"{told} lets through what the policies accept.")


def _fields(limit: Limit) -> Finding:
    if limit.bytes is None or limit.bytes > _MOST:
        return warning(
            f"{limit.name} does not bound what a body holds besides files: all of it is held in memory.",
            "Leave it as the framework has it. Files do not count against it.",
        )
    if limit.bytes < _LEAST:
        return warning(
            f"{limit.name} allows {limit.bytes:,} bytes besides files: too few for many a form.",
            "Leave it as the framework has it. Files do not count against it.",
        )
    return ok(f"{limit.name} bounds what a body holds besides files ({limit.bytes:,} bytes).")
