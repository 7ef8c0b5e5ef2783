"""The file handler: the address behind a page's file inputs and its library, which nobody has to write.

::

    app.register_blueprint(file_handler(AVATARS, permissions=who_is_signed_in), url_prefix="/files")

It translates who is asking; the rest is `safelight.http.library`. Nobody's body is read before it is known that he may
send one, and that it was his own page which sent it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from flask import Blueprint, Flask, Response, request
from flask.blueprints import BlueprintSetupState

from safelight import deleting
from safelight.errors import NotAllowed, NotSignedIn
from safelight.http.answer import Answer, answered, in_json, nothing
from safelight.http.cross_site import is_cross_site
from safelight.http.library import METHODS, PURPOSE, TRIGGERS, Library, Sent, received
from safelight.idempotency import HEADER, answer_once, asked, key_of
from safelight.policy import Policy
from safelight.protocols import Repeatable

from .answers import add_address, failure, response
from .current import Current, current
from .permissions import OwnFiles, Permissions
from .request import body


def file_handler(
    policy: Policy,
    *,
    permissions: Permissions | Callable[[], str | None],
    delete_on: Collection[str] = TRIGGERS,
    page_size: int = 30,
    name: str = "safelight_files",
) -> Blueprint:
    """An address to which a page sends its files, and from which it lists and deletes them.

    policy:      what is accepted; other policies have file handlers of their own
    permissions: who may do what, or a function that returns who is asking (None or "": nobody), for own files alone
    delete_on:   what deletes files: "delete_button", "unsaved_form_page_exit", both, or neither
    page_size:   files in a page of the library
    name:        of the blueprint; each in an app needs another
    """
    if unknown := set(delete_on) - TRIGGERS:
        raise ValueError(f"delete_on has no {', '.join(map(repr, sorted(unknown)))}; it may have {sorted(TRIGGERS)}")
    if page_size < 1:
        raise ValueError("page_size must be 1 or more")
    asked = OwnFiles(permissions) if callable(permissions) else permissions
    handler = _FileHandler(policy, asked, frozenset(delete_on), page_size)
    made = Blueprint(name, __name__)
    made.register_error_handler(500, failure)

    @made.record
    def address(setup: BlueprintSetupState) -> None:
        add_address(setup, "/", "files", handler)

    return made


def policies_of(app: Flask) -> list[Policy]:
    """Of the file handlers that an app has."""
    return [view.policy for view in app.view_functions.values() if isinstance(view, _FileHandler)]


class _FileHandler:
    def __init__(self, policy: Policy, permissions: Permissions, delete_on: frozenset[str], page_size: int) -> None:
        self.policy = policy
        self.permissions = permissions
        self.delete_on = delete_on
        self.page_size = page_size

    def __call__(self) -> Response:
        return response(answered(request.method, METHODS, PURPOSE, self._answer))

    def _answer(self) -> Answer:
        state = current()
        with state.records.transaction():  # which is over before a body comes: that takes as long as a client likes
            owner = self._owner()
        library = Library(state.core(), state.records.catalogue(), (self.policy,), self.page_size, self.delete_on)
        if request.method == "POST":
            return self._upload(library, state, owner)
        if request.method == "DELETE":
            return self._delete(library, state, owner)
        of = None if self.permissions.may_see_all(owner) else owner
        return in_json(library.page(request.args.to_dict(), (self.policy,), of, state.records.places))

    def _owner(self) -> str:
        """Who is asking. Raises a `Refusal` for nobody, and for what may not be asked."""
        owner = self.permissions.owner()
        if not owner:  # to the ledger, "" is nobody: whoever were called so had the files of all who are not known
            raise NotSignedIn
        if is_cross_site(request.method, request.headers, request.host):
            raise NotAllowed("The request may not be yours: another site's page has sent it.")
        if request.method == "POST" and not self.permissions.may_upload(owner):
            raise NotAllowed("You may not send files here.")
        return owner

    def _upload(self, library: Library, state: Current, owner: str) -> Answer:
        key, ledger = key_of("POST", request.headers.get(HEADER)), state.ledger()
        sent = received(body(request), request.headers.get("Content-Type", ""), (self.policy,))
        try:
            keep = partial(self._keep, library, sent, owner)
            if key is not None and isinstance(ledger, Repeatable):
                repeatable = asked(key, owner, "POST", request.path, sent.fields, sent.upload)
                return answer_once(ledger, repeatable, keep, state.records.transaction)
            with state.records.transaction():
                return keep()
        finally:
            sent.close()

    def _keep(self, library: Library, sent: Sent, owner: str) -> Answer:
        return in_json(library.upload(sent.upload, self.policy, owner), status=201)

    def _delete(self, library: Library, state: Current, owner: str) -> Answer:
        ledger, storages, records = state.ledger(), state.storages, state.records
        with records.transaction():  # all of them, or none
            library.delete(
                request.args.get("trigger", ""),
                request.args.getlist("value"),
                owner=owner,
                may_all=self.permissions.may_delete_all(owner),
                delete=partial(
                    deleting.delete_now, ledger, storages, look=records.look(), after_commit=records.after_commit
                ),
                hurry=partial(deleting.hurry, ledger, owner=owner, grace=state.config.grace),
            )
        return nothing()
