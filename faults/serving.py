"""The server that is killed: gunicorn, as people run it, with one worker; both of them at once."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import gunicorn.workers.sync  # noqa: F401  # by each server, which would be killed for it
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter


def server(app: Callable[[], object], listener: socket.socket) -> Callable[[], None]:
    """What a process runs that serves what `app` returns; it is called in the worker. All that can be done before
    there are processes is done now."""
    return Arbiter(_Site(app, listener)).run  # type: ignore[no-any-return]


class _Site(BaseApplication):  # type: ignore[misc]
    def __init__(self, app: Callable[[], object], listener: socket.socket) -> None:
        self._app = app
        self._settings: dict[str, Any] = {
            "bind": f"fd://{listener.fileno()}",
            "workers": 1,
            "timeout": 0,  # who stops it has his reasons
            "control_socket_disable": True,
            "loglevel": "warning",
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        return self._app()
