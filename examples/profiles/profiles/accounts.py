"""Signing up, in and out: JSON in, JSON out, a token for apps and a cookie for our own page."""

import re
import time
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, jsonify, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import BadRequest, Conflict, HTTPException, Unauthorized, UnprocessableEntity

from . import passwords, who
from .database import User, db
from .problems import as_problem
from .settings import Settings

# What browsers take in <input type=email> (WHATWG HTML, section 4.10.5.1.5), with a dot somewhere or not.
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")

_TOO_OFTEN = "This was tried too often. Try again in a moment."


class Credentials(NamedTuple):
    email: str
    password: str


def init_app(app: Flask, settings: Settings) -> None:
    limiter = Limiter(
        get_remote_address,  # the connection's, not what X-Forwarded-For claims
        app=app,
        storage_uri="memory://",  # there is one process
        enabled=bool(settings.login_rate),
    )

    @app.errorhandler(429)
    def come_again(error: HTTPException) -> Response:
        response = as_problem(error)
        if limit := limiter.current_limit:
            response.headers["Retry-After"] = str(max(1, limit.reset_at - int(time.time())))
        return response

    limited = limiter.shared_limit(settings.login_rate or "1/day", scope="credentials", error_message=_TOO_OFTEN)
    accounts = Blueprint("accounts", __name__)
    accounts.post("/signup")(limited(sign_up))
    accounts.post("/login")(limited(log_in))
    accounts.post("/logout")(log_out)
    app.register_blueprint(accounts)


def sign_up() -> Response:
    email, password = _credentials()
    if not _is_email(email):
        raise UnprocessableEntity("This is not an email address.")
    if len(password) not in passwords.LENGTHS:
        raise UnprocessableEntity(f"A password has {passwords.LENGTHS[0]} to {passwords.LENGTHS[-1]} characters.")
    user = User(email=email, password_hash=passwords.hash_of(password))
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("There is an account with this email address already. Sign in instead.") from None
    return _signed_in(user, HTTPStatus.CREATED)


def log_in() -> Response:
    email, password = _credentials()
    # What is no address (a NUL in it, half a character) a database may refuse to look for.
    known = db.session.scalar(db.select(User.password_hash).where(User.email == email)) if _is_email(email) else None
    db.session.rollback()  # argon2 takes its time, and nobody waits for it
    is_right = len(password) <= passwords.LENGTHS[-1] and passwords.is_right(password, known)
    asked = db.select(User).where(User.email == email, User.password_hash == known)
    user = db.session.scalar(asked) if is_right else None
    if user is None or not user.is_active:
        raise Unauthorized("The email address or the password is wrong.")
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hash_of(password)
    return _signed_in(user, HTTPStatus.OK)


def log_out() -> Response:
    who.sign_out()
    db.session.commit()
    response = Response(status=HTTPStatus.NO_CONTENT)
    who.forget(response)
    return response


def _signed_in(user: User, status: HTTPStatus) -> Response:
    token = who.sign_in(user)
    response = jsonify(id=user.id, email=user.email, token=token)
    db.session.commit()
    response.status_code = status
    who.remember(response, token)
    return response


def _is_email(email: str) -> bool:
    return len(email) <= 254 and _EMAIL.fullmatch(email) is not None


def _credentials() -> Credentials:
    """Raises what becomes a problem: JSON alone, because a form of another site's could be sent without asking."""
    try:
        data: Any = request.get_json()
    except HTTPException:
        raise
    except Exception as error:  # nested too deeply, or a body that the server could not read to its end
        raise BadRequest("This cannot be read.") from error
    email, password = (data.get(name) for name in Credentials._fields) if isinstance(data, dict) else (None, None)
    if not isinstance(email, str) or not isinstance(password, str):
        raise BadRequest("Send an email and a password.")
    # Halves of surrogate pairs, which JSON may hold, cannot be hashed.
    return Credentials(email.strip().lower(), password.encode("utf-8", "replace").decode())
