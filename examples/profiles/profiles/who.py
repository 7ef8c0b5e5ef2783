"""Who is asking: by a session cookie, which only our own page can use, or by a bearer token, from wherever it comes.

Both carry the same random token, whose hash is a row of `SignIn`: so that either can be revoked, and expires.
"""

import hashlib
import secrets
import time

from flask import Response, request

from safelight.errors import NotAllowed, NotSignedIn
from safelight.http.cross_site import is_cross_site

from .database import SignIn, User, db

COOKIE = "profiles_session"
_LIFETIME = 30 * 24 * 60 * 60  # seconds


def sign_in(user: User) -> str:
    """A fresh token. To be committed."""
    token, now = secrets.token_urlsafe(32), int(time.time())
    db.session.execute(db.delete(SignIn).where(SignIn.user_id == user.id, SignIn.expires < now))
    db.session.add(SignIn(token_hash=_hash(token), user_id=user.id, expires=now + _LIFETIME))
    return token


def sign_out() -> None:
    """To be committed."""
    if token := _token():
        db.session.execute(db.delete(SignIn).where(SignIn.token_hash == _hash(token)))


def signed_in() -> User:
    """Raises `NotSignedIn`, also for somebody who has been deactivated since."""
    if token := _token():
        current = SignIn.token_hash == _hash(token), SignIn.expires >= int(time.time())
        user = db.session.scalar(db.select(User).join(SignIn, SignIn.user_id == User.id).where(*current))
        if user is not None and user.is_active:
            return user
    raise NotSignedIn


def owner_of(user_id: str) -> int:
    """The id of who is asking, if it is `user_id`: an id in an address gives nobody a right, and `NotAllowed` tells
    nobody whether there is such a user. No transaction is left open, while a client sends a body as slowly as it likes.
    """
    user = signed_in()
    own = user.id
    db.session.rollback()
    if user_id != str(own):
        raise NotAllowed("This is somebody else's profile.")
    return own


def remember(response: Response, token: str) -> None:
    """Set the session cookie, unless a page of another origin has asked: that keeps the token itself."""
    if not is_from_elsewhere():
        response.set_cookie(
            COOKIE, token, max_age=_LIFETIME, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
        )


def forget(response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure, path="/")


def is_from_elsewhere() -> bool:
    return is_cross_site(request.method, request.headers, request.host)


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    return "" if is_from_elsewhere() else request.cookies.get(COOKIE, "")


def _hash(token: str) -> str:
    """A token is long and random: nobody finds it by trying, and a quick hash does."""
    return hashlib.sha256(token.encode()).hexdigest()
