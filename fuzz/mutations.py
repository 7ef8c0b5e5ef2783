"""Small changes to a file: with `raw` (libFuzzer's own, or `scramble`) to a piece of it or to the whole."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from random import Random

from .containers import Container, Pieces

Raw = Callable[[bytes, int], bytes]
"""Changes some bytes; there may be at most so many then."""

_INFLATED = 1 << 16


def mutate(data: bytes, container: Container | None, raw: Raw, random: Random, size: int) -> bytes:
    """`data` changed a little; mostly so that its container's lengths and checksums stay right."""
    if container is None or random.random() < 0.2:
        return raw(data, size)[:size]
    pieces = container.split(data, min(container.start(data), len(data)))
    return container.join(container.settle(_mutate(pieces, container, raw, random, size)))[:size]


def _mutate(pieces: Pieces, container: Container, raw: Raw, random: Random, size: int) -> Pieces:
    if not pieces:
        return [(b"", raw(b"", size))]
    pieces, at, other = list(pieces), random.randrange(len(pieces)), random.randrange(len(pieces))
    head, body = pieces[at]
    match random.randrange(8):
        case 0:
            del pieces[at]
        case 1:
            pieces.insert(other, pieces[at])
        case 2:
            pieces[at], pieces[other] = pieces[other], pieces[at]
        case 3 if head:
            pieces[at] = raw(head, len(head)) or head, body
        case _:
            pieces[at] = head, _mutate_body(head, body, container, raw, random, size)
    return pieces


def _mutate_body(head: bytes, body: bytes, container: Container, raw: Raw, random: Random, size: int) -> bytes:
    if head in container.inside and random.random() < 0.8:
        start = container.inside[head]
        pieces = container.split(body[start:], 0)
        return body[:start] + container.join(_mutate(pieces, container, raw, random, size))
    if head in container.deflated and random.random() < 0.7:
        start = container.deflated[head]
        try:
            inflated = zlib.decompressobj().decompress(body[start:], _INFLATED)
            return body[:start] + zlib.compress(raw(inflated, _INFLATED), 1)
        except zlib.error:
            pass
    return raw(body, size)


def scramble(random: Random) -> Raw:
    """Mutations without a fuzzer: a few bytes changed, cut out, doubled or put in."""

    def raw(data: bytes, size: int) -> bytes:
        for _ in range(random.randint(1, 3)):
            at, length = random.randrange(len(data) + 1), random.choice((1, 1, 2, 4, 16))
            old, new = data[at : at + length], random.randbytes(length)
            data = (
                data[:at]
                + random.choice((new, new, bytes(length), b"\xff" * length, old * 2, b""))
                + data[at + length :]
            )
        return data[:size]

    return raw
