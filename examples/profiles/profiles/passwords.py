"""Passwords: argon2id, with the parameters that its library recommends, and the same time for who is not there."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LENGTHS = range(8, 1001)  # longer ones would only cost time

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("the password of nobody")


def hash_of(password: str) -> str:
    return _hasher.hash(password)


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than those of today."""
    return _hasher.check_needs_rehash(password_hash)


def is_right(password: str, password_hash: str | None) -> bool:
    """`password_hash` is None for somebody who does not exist: how long the answer takes must not tell that."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
