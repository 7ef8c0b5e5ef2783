"""Uploads into an AsyncSession: what reads, decodes and stores a file waits in a thread, so that the event loop does
not; what the database is asked is asked on the loop, by the session's own connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session

from safelight.blob import Blob
from safelight.events import Event
from safelight.pipeline import Checked, Safelight, check
from safelight.policy import Policy
from safelight.upload import Upload

from .ledger import SqlLedger
from .stored import StoredFile
from .uploads import Uploads

T = TypeVar("T")


async def accept_async(
    uploads: Uploads,
    session: AsyncSession | async_scoped_session[AsyncSession],
    upload: Upload,
    policy: Policy,
    *,
    owner: str = "",
) -> StoredFile:
    """`Uploads.accept` for an AsyncSession."""
    with await _in_thread(lambda: check(upload, policy)) as checked:
        return await keep_async(uploads, session, checked, owner=owner)


async def keep_async(
    uploads: Uploads,
    session: AsyncSession | async_scoped_session[AsyncSession],
    checked: Checked,
    *,
    owner: str = "",
) -> StoredFile:
    """`Uploads.keep` for an AsyncSession."""
    own = session() if isinstance(session, async_scoped_session) else session
    ledger = _OnLoop(uploads.ledger(own.sync_session), own, asyncio.get_running_loop())
    safelight = Safelight(ledger, uploads.storages)
    return uploads.stored(await _in_thread(lambda: safelight.keep(checked, owner=owner)))


class _OnLoop(SqlLedger):
    """A session's ledger, for a thread that keeps a file: each of its steps is taken on the session's event loop."""

    def __init__(self, ledger: SqlLedger, session: AsyncSession, loop: asyncio.AbstractEventLoop) -> None:
        self.tables, self.where = ledger.tables, ledger.where
        self._session, self._loop = session, loop

    def intend(self, key: str, storage: str, /) -> None:
        self._call(lambda: SqlLedger.intend(self, key, storage))

    def ready(self, blob: Blob, /) -> None:
        self._call(lambda: SqlLedger.ready(self, blob))

    def forget(self, key: str, /) -> None:
        self._call(lambda: SqlLedger.forget(self, key))

    def tell(self, event: Event, /) -> None:
        self._call(lambda: SqlLedger.tell(self, event))

    def _call(self, step: Callable[[], None]) -> None:
        asyncio.run_coroutine_threadsafe(self._session.run_sync(lambda _: step()), self._loop).result()


async def _in_thread(call: Callable[[], T]) -> T:
    """A client that goes away cancels the task, but no thread: its session must not be closed before the thread is done
    with it."""
    work = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
