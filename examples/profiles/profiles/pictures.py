"""A profile and its picture: the row keeps one short key, the answer says the address."""

import sys
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, Response, request

from safelight.errors import Empty, NotSignedIn
from safelight.flask import Safelight

from . import who
from .database import AVATARS, User, db
from .settings import Settings


def blueprint(settings: Settings, safelight: Safelight) -> Blueprint:
    policy = replace(AVATARS, max_bytes=settings.max_bytes)
    profiles = Blueprint("profiles", __name__)

    @profiles.get("/user/<user_id>")
    def profile(user_id: str) -> dict[str, Any]:
        return as_json(active(who.owner_of(user_id)))

    @profiles.route("/user/<user_id>/image", methods=["PUT", "POST"])
    def image(user_id: str) -> Response:
        owner = who.owner_of(user_id)
        request.max_content_length = sys.maxsize  # the policy counts, and says so in its own words
        sent = safelight.receive({"profile_image": policy})

        def replace_picture() -> dict[str, Any]:
            picture = sent.get("profile_image")
            if picture is None:
                raise Empty("Missing profile_image on the FormData")
            blob = safelight.accept(picture, policy, owner=str(owner))
            user = active(owner)  # still: it may have been a long upload
            user.profile_image = blob  # the one that was there before is free now, and goes with a sweep
            return as_json(user)

        # A phone that got no answer sends its picture once more, with the same Idempotency-Key, and it is stored once.
        return safelight.once(replace_picture, sent, owner=str(owner))

    return profiles


def active(user_id: int) -> User:
    """Raises `NotSignedIn` for somebody who is not there any more, or has been deactivated."""
    user = db.session.get(User, user_id)
    if user is None or not user.is_active:
        raise NotSignedIn
    return user


def as_json(user: User) -> dict[str, Any]:
    picture = user.profile_image
    url = None if picture is None else urljoin(request.host_url, picture.url)
    return {"id": user.id, "email": user.email, "profile_image_url": url}
