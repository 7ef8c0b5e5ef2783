"""What can be wrong between an app and its storage: a gateway in front of a real store, which lets everything pass or
misbehaves on demand."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

Mode = Literal["open", "down", "silent", "full", "half"]
_FULL = b"HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_HALF = 20_000
"""Bytes after which a request breaks off: more than its headers are, and fewer than a picture has."""


class Gateway:
    """open: all passes. down: connections are closed at once. silent: nothing is ever answered. full: all is answered
    with 507. half: what is sent breaks off in the middle."""

    def __init__(self, target: str) -> None:
        self.mode: Mode = "open"
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection, self.mode), daemon=True).start()

    def become(self, mode: Mode) -> None:
        """From now on; connections that are kept alive would go on as they began."""
        self.mode = mode
        while self._connections:
            _break(self._connections.pop())

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.become("down")

    def _serve(self, connection: socket.socket, mode: Mode) -> None:
        if mode == "down":
            _break(connection)
        elif mode == "full":
            with suppress(OSError):
                connection.recv(1 << 16)
                connection.sendall(_FULL)
                while connection.recv(1 << 16):
                    pass
        elif mode in ("open", "half"):
            with suppress(OSError), closing(socket.create_connection(self._target)) as store:
                back = threading.Thread(target=_copy, args=(store, connection), daemon=True)
                back.start()
                _copy(connection, store, _HALF if mode == "half" else None)
                _break(connection) if mode == "half" else back.join()


def _copy(source: socket.socket, target: socket.socket, at_most: int | None = None) -> None:
    with suppress(OSError):
        while (at_most is None or at_most > 0) and (data := source.recv(1 << 16)):
            target.sendall(data if at_most is None else data[:at_most])
            at_most = None if at_most is None else at_most - len(data)
        target.shutdown(socket.SHUT_WR)


def _break(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def gateway(target: str) -> Iterator[Gateway]:
    """In front of the server at the address `target`."""
    between = Gateway(target)
    thread = threading.Thread(target=between.accept, daemon=True)
    thread.start()
    try:
        yield between
    finally:
        between.close()
        thread.join()
