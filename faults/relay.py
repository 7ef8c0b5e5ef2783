"""Before the S3 server, and seen by nobody: knows each request to it, and what is to happen at which. A file in several
parts is many of them, and one call of the storage.
"""

from __future__ import annotations

import asyncio
import ctypes
import mmap
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from faults.fuse import Board
from faults.processes import Process, ended

_CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_DOWN = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_PAUSE = 0.001  # seconds


class Orders(ctypes.Structure):
    """What is to happen to requests, by their numbers: they are counted from 1, and 0 is none.

    before: this one stands still before it is sent on
    after:  this one stands still when its answer is there
    down:   from this one on, the store fails
    lost:   this one is carried out, and its answer is lost
    """

    _fields_ = [(name, ctypes.c_int) for name in ("before", "after", "down", "lost", "held", "released", "under_way")]


class Relay:
    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._orders = Orders.from_buffer(mmap.mmap(-1, ctypes.sizeof(Orders)))
        self._board = Board()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def begin(self, **orders: int) -> None:
        """Requests are counted from here."""
        ctypes.memset(ctypes.byref(self._orders), 0, ctypes.sizeof(Orders))
        self._board.points, self._board.text = 0, ""
        for name, number in orders.items():
            setattr(self._orders, name, number)

    @property
    def where(self) -> str:
        """Where something has happened; empty until it has."""
        return self._board.text

    @property
    def holds(self) -> bool:
        """Whether a request stands still."""
        return bool(self._orders.held)

    def release(self, *, sent_on: bool) -> None:
        """What stands still goes on, though who has sent it may be gone; or it never came further."""
        self._orders.released = 1 if sent_on else -1
        while self._orders.under_way:
            time.sleep(_PAUSE)

    # --- in a process of its own -------------------------------------------------------------------------------------

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        server = await asyncio.start_server(self._serve, sock=self._listener)
        await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._orders.under_way += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):  # they are killed
                writer.write(await self._answer(await _message(reader)))
                await writer.drain()
        finally:
            self._orders.under_way -= 1
            writer.close()

    async def _answer(self, request: bytes) -> bytes:
        self._board.points += 1
        number, orders = self._board.points, self._orders
        line = b" ".join(request.split(b" ", 2)[:2]).decode()
        where = f"request {number}, {re.sub('X-Amz-[^&]*&?', '', line)}"
        if number == orders.before:
            await self._hold(f"{where}, is not sent on")
        if 0 < orders.down <= number:
            self._board.text = f"{where}, fails"
            return _DOWN
        answer = await self._from_store(request)
        if number == orders.after:
            await self._hold(f"{where}, is answered")
        if number == orders.lost:
            self._board.text = f"{where}, is carried out, its answer lost"
            raise ConnectionError
        return answer

    async def _hold(self, where: str) -> None:
        self._board.text = where
        self._orders.held = 1
        while not self._orders.released:
            await asyncio.sleep(_PAUSE)
        if self._orders.released < 0:
            raise ConnectionError

    async def _from_store(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._target)
        try:
            writer.write(_closing(request))
            return _closing(await reader.read())
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head + await reader.readexactly(int(length[1]) if length else 0)


def _closing(message: bytes) -> bytes:
    """Each connection is for one request."""
    head, end, body = message.partition(b"\r\n\r\n")
    return _CONNECTION.sub(b"", head) + b"\r\nConnection: close" + end + body


@contextmanager
def relay(target: str, log: Path) -> Iterator[Relay]:
    """Before the server at this address."""
    made = Relay(target)
    with made._listener, ended(Process(made.run, log)):
        yield made
