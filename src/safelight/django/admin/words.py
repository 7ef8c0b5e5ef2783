"""What the script in the admin's form says, in the language of the request."""

from __future__ import annotations

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """By the names under which frontend/src/admin/words.ts knows them."""
    return {
        "drop": _("Drop a file here, or paste it."),
        "upTo": _("{kinds}, up to {size}"),
        "anyUpTo": _("Up to {size}"),
        "now": _("Now"),
        "willBe": _("Will be"),
        "nothing": _("No file"),
        "remove": _("Remove the chosen file"),
        "chosen": _("Chosen: {name}, {size}."),
        "kept": _("{name} is kept, and will not be sent again."),
        "removed": _("No file is chosen any more."),
        "first": _("Only one file can be taken: {name}."),
        "tooLarge": _("This file is too large: at most {limit} are accepted and this one has {size}."),
        "wrongKind": _("This does not look like a file that is accepted: {kinds}."),
        "sending": _("Sending {name}"),
        "sent": _("Sent. Checking and saving …"),
        "upload": _("Upload"),
        "of": _("{percent} of {size}"),
        "cancel": _("Cancel"),
        "cancelled": _("Cancelled. Nothing was saved."),
        "loggedOut": _("You have been logged out."),
        "logIn": _("Log in in another tab"),
        "thenSave": _("then save again. Everything is still here."),
        "tooLargeForServer": _("The server does not take forms as large as this one. Nothing was saved."),
        "forbidden": _("The server did not allow this. Nothing was saved."),
        "noAnswer": _(
            "The server gave no proper answer ({status}), and may have saved this. Look before you try again."
        ),
        "unreadable": _("{name} cannot be read any more. Choose it again."),
        "broken": _("The connection broke before everything was sent. Nothing was saved."),
        "unanswered": _(
            "The connection broke before the server answered. Look whether it was saved before you try again."
        ),
        "again": _("Try again"),
    }
