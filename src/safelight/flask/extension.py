"""The extension: what an app and its views say, translated for the core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, request
from werkzeug.datastructures import FileStorage

from safelight.blob import Blob
from safelight.errors import ConfigurationError, Refusal
from safelight.http.library import Catalogue
from safelight.pipeline import Safelight as Core
from safelight.policy import Policy
from safelight.protocols import Sweepable
from safelight.receive import Upload

from . import answers, idempotency, media
from .commands import commands
from .config import Config, StorageOption
from .current import NAME, Current, current
from .records import OwnLedger, Records
from .request import Sent, as_upload, close_all, receive


class Safelight:
    """
    app:       or later, for as many apps as there are, `init_app`
    db:        a Flask-SQLAlchemy, or a `Database`; if not given, the Flask-SQLAlchemy that the app has
    storage:   in place of SAFELIGHT_STORAGE
    ledger:    in place of a database: any ledger that passes `safelight.testing.LedgerConformance`
    catalogue: the ledger's, for file handlers
    settings:  in place of those of the app's config: ``grace="7d"``, see `safelight.flask.config.Config`
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        db: Any = None,
        storage: StorageOption | None = None,
        ledger: Sweepable | None = None,
        catalogue: Catalogue | None = None,
        **settings: Any,
    ) -> None:
        self._db = db
        self._own = None if ledger is None else OwnLedger(ledger, catalogue)
        self._told = settings | ({} if storage is None else {"storage": storage})
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """After Flask-SQLAlchemy's. Raises `ConfigurationError` for a setting that cannot work."""
        if NAME in app.extensions:
            raise ConfigurationError("this app has a Safelight already")
        config = Config.load(app.config, self._told)
        app.extensions[NAME] = Current(config, config.storages(), self._records(app))
        app.register_error_handler(Refusal, answers.refusal)
        app.teardown_request(lambda _: close_all(request.environ))
        app.cli.add_command(commands())
        if config.url_prefix is not None:
            app.register_blueprint(media.blueprint(config.url_prefix))

    def receive(self, policies: Mapping[str, Policy]) -> Sent:
        """Read the request, in whichever of four encodings it comes: `policies` say at which places files may be
        (``"profile_image"``; in JSON also ``"gallery.*.picture"``), and how large each. They are received, into
        temporary files without a name, and not verified yet: give them to `accept`.

        Raises a `Refusal`. All else that the body holds is bounded by MAX_FORM_MEMORY_SIZE and MAX_FORM_PARTS, and the
        whole of it by MAX_CONTENT_LENGTH, if the app sets that. While the body comes, which takes as long as a client
        likes, no transaction should be open.
        """
        return receive(request, policies)

    def accept(self, file: FileStorage | Upload | str | None, policy: Policy, *, owner: str = "") -> Blob:
        """Verify a file and keep it: one of `request.files`, of what `receive` returned, or base64 in a string. What
        comes back is to be assigned to a column; unless that is committed, the file expires. Raises a `Refusal`, which
        needs no handling: it becomes its own answer."""
        return self.core.accept(as_upload(file), policy, owner=owner)

    @property
    def core(self) -> Core:
        """Safelight as the current request sees it, to check first and keep later."""
        return current().core()

    def once(self, work: Callable[[], Any], sent: Sent | None = None, *, owner: str) -> Response:
        """What `work()` returns, as a view would return it; and what it writes is committed. With an Idempotency-Key it
        is done once: whoever repeats the request, because the answer never came, gets the answer that was recorded
        with the rows. ::

            def add(user_id):
                sent = safelight.receive({"picture": PICTURES})
                return safelight.once(lambda: add_picture(sent), sent, owner=user_id)

        sent:  what `receive` returned, by which the same request is known; without it, what Flask has read
        owner: who is signed in (a primary key as text), and "" if nobody is: nobody gets somebody else's answer

        What is refused or fails is rolled back; with a key, also what has a status of 400 or more. No transaction
        should be open before. Raises a `Refusal` for a key that cannot be used, and `ConfigurationError` with a ledger
        of your own that is no `safelight.protocols.Repeatable`.
        """
        return idempotency.once(work, sent, owner)

    def url(self, blob: Blob) -> str:
        """Where clients get a file from."""
        return current().storages[blob.storage].url(blob.key)

    def _records(self, app: Flask) -> Records:
        if self._own is not None:
            return self._own
        db = self._db or app.extensions.get("sqlalchemy")
        if db is None:
            raise ConfigurationError(
                "Safelight needs to know where it may keep its ledger: call db.init_app(app) before, or give it a db"
            )
        from .database import SqlRecords  # with SQLAlchemy, which an app with a ledger of its own need not have

        return SqlRecords(db)
