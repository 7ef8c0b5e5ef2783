"""The one table of refusals: every way an upload can be turned away, with what to tell the person who sent it.

A :class:`Refusal` is the client's to mend: it has a ``code`` for programs, an HTTP ``status``, a ``title`` that
never changes, a ``detail`` that a person can act on, and the numbers that explain it. An adapter translates
``status``, ``code`` and ``detail`` into its framework's answer, and ``detail`` into its user's language; it decides
nothing itself.

Errors that are not the client's fault (a wrong setting, a storage that misbehaves) derive from
:class:`SafelightError` directly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from .words import Words, listed, megabytes, worded


class SafelightError(Exception):
    """Any error Safelight raises on purpose."""


class ConfigurationError(SafelightError):
    """The developer's settings cannot work; the message names the setting and the remedy."""


class SchemaError(ConfigurationError):
    """The schema of a JSON document cannot work; the message names the place in it and the remedy."""

    def __init__(self, place: Iterable[str], what: str) -> None:
        super().__init__(f"{' → '.join(place) or 'the schema'}: {what}")


class KeyTaken(SafelightError):
    """A storage already holds something under this name. Storages are create-only: nothing is overwritten."""


class IntentExpired(SafelightError):
    """The upload took so long that a sweep gave up on it; its bytes have been deleted again."""


class Busy(SafelightError):
    """Somebody else is changing the row this very moment: who waits while others wait for him may wait for ever."""


class InTransaction(SafelightError, RuntimeError):
    """`what` was to be done inside a transaction, which may take back what must be committed step by step."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} commits each of its steps, and cannot run inside a transaction.")


class OtherInstallation(SafelightError):
    """The files in a storage are another installation's, or may be: they are left alone. `remedy` is what to do if they
    are not, with the adapter's name of the command that does it in place of ``{command}``."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class Refusal(SafelightError):
    """An upload (or a request for a file) that is turned away. Subclasses are the rows of the table.

    detail:  an English template, in which `numbers` stand in braces; or `Words`, which have theirs already
    numbers: what explains the refusal to programs
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The upload was refused"
    retry_after: int | None = None
    """Seconds, where trying again may help: the Retry-After header."""

    def __init__(self, detail: str = "", **numbers: object) -> None:
        sentence = Words("{title}.", title=Words(self.title)) if detail == "" else detail
        self.detail = sentence if isinstance(sentence, Words) else Words(sentence, **numbers)
        self.path: tuple[str | int, ...] = ()  # where in the body, if the body is a document
        self.numbers = numbers
        super().__init__(self.detail)


class Empty(Refusal):
    code, status, title = "empty", 400, "No file was sent"

    def __init__(self, detail: str = Words("The file is empty. Choose a file that has something in it.")) -> None:
        super().__init__(detail)


class BadType(Refusal):
    code, status, title = "bad_type", 400, "Not a file"

    def __init__(self, found: str) -> None:
        super().__init__("Send the file as a base64 string or a form file, not as {found}.", found=worded(found))


class BadBase64(Refusal):
    code, status, title = "bad_base64", 400, "Not base64"


class BadDataUrl(Refusal):
    code, status, title = "bad_data_url", 400, "Not a base64 data URL"


class Malformed(Refusal):
    code, status, title = "malformed", 400, "The request cannot be read"


class NotSignedIn(Refusal):
    code, status, title = "not_signed_in", 401, "Nobody is signed in"

    def __init__(self) -> None:
        super().__init__("You are not signed in, or your session has ended. Sign in in another tab, then try again.")


class NotAllowed(Refusal):
    code, status, title = "not_allowed", 403, "You may not do this"


class MethodNotAllowed(Refusal):
    """``allowed`` names the methods that the address knows (RFC 9110, section 15.5.6)."""

    code, status, title = "method_not_allowed", 405, "The address knows no such method"

    def __init__(self, detail: str, allowed: Iterable[str]) -> None:
        super().__init__(detail, allowed=list(allowed))


class LengthRequired(Refusal):
    code, status, title = "length_required", 411, "Content-Length is missing"

    def __init__(self, detail: str = Words("Send the body with a Content-Length, not in chunks.")) -> None:
        super().__init__(detail)


class UnknownKey(Refusal):
    code, status, title = "unknown_key", 404, "There is no such file"

    def __init__(self, key: str) -> None:
        super().__init__("There is no file under this key.", key=key)


class InUse(Refusal):
    code, status, title = "in_use", 409, "The file is in use"


class IdempotencyKeyInvalid(Refusal):
    code, status, title = "idempotency_key_invalid", 400, "The Idempotency-Key cannot be used"

    def __init__(self) -> None:
        super().__init__(
            "The Idempotency-Key is 1 to {limit} visible ASCII characters, in quotes or not: a random UUID, for one.",
            limit=255,
        )


class IdempotencyKeyReused(Refusal):
    code, status, title = "idempotency_key_reused", 422, "The Idempotency-Key belongs to another request"

    def __init__(self) -> None:
        super().__init__(
            "Another request came with this Idempotency-Key. Repeat that one as it was, or send this with a new key."
        )


class IdempotencyInProgress(Refusal):
    """The first attempt is still being worked on; or its server died a moment ago, which nobody can tell yet."""

    code, status, title = "idempotency_in_progress", 409, "The request is being worked on"

    def __init__(self, retry_after: int) -> None:
        super().__init__("The same request is being worked on. Repeat it in a moment.", retry_after=retry_after)
        self.retry_after = retry_after


class AnswerNotKept(Refusal):
    """The request was carried out, and its answer is larger than `safelight.idempotency` keeps (or was a stream)."""

    code, status, title = "answer_not_kept", 409, "The answer cannot be given again"

    def __init__(self) -> None:
        super().__init__("The request was carried out when it came first; its answer was too large to be given again.")


NOT_FILES = Words("What the body holds besides files")
"""What a limit may be about, in place of the file."""


class TooLarge(Refusal):
    """More bytes than the policy allows. ``limit`` and ``actual`` are in bytes; ``actual`` is None when reading
    stopped at the limit."""

    code, status, title = "too_large", 413, "The file is too large"

    def __init__(self, limit: int, actual: int | None = None, *, what: str = Words("The file")) -> None:
        values: dict[str, object] = {"what": worded(what), "limit": megabytes(limit)}
        if actual is None:
            sentence = Words("{what} is too large: at most {limit} are accepted.", **values)
        else:
            values["actual"] = megabytes(actual)
            sentence = Words("{what} is too large: at most {limit} are accepted and this one has {actual}.", **values)
        super().__init__(sentence, limit=limit, actual=actual)


class TypeNotAllowed(Refusal):
    """``found`` names what the bytes are, ``accepted`` what the policy takes (both for people)."""

    code, status, title = "type_not_allowed", 415, "This type of file is not accepted"

    def __init__(self, found: str, accepted: Iterable[str], hint: str = "") -> None:
        names = list(map(worded, accepted))
        values: dict[str, object] = {"found": worded(found), "accepted": listed(names)}
        if hint:
            sentence = Words("This is {found}; accepted: {accepted}. {hint}", **values, hint=worded(hint))
        else:
            sentence = Words("This is {found}; accepted: {accepted}.", **values)
        super().__init__(sentence, found=values["found"], accepted=names)


class BadRange(Refusal):
    """``size`` is the length of the file in bytes (RFC 9110, section 14.4)."""

    code, status, title = "bad_range", 416, "The range lies outside the file"

    def __init__(self, size: int) -> None:
        super().__init__("The file has {size} bytes; the range asked for lies outside.", size=size)


class Corrupt(Refusal):
    """The container is broken: cut short, contradicting itself, or carrying what it must not."""

    code, status, title = "corrupt", 422, "The file is damaged"

    def __init__(self, what: str) -> None:
        super().__init__(Words("The file is damaged: {what}. Try to save or take it again.", what=worded(what)))


class TooManyPixels(Refusal):
    """Pixels counted over all frames, from the header, before anything is decoded."""

    code, status, title = "too_many_pixels", 422, "The picture is too big"

    def __init__(self, width: int, height: int, frames: int, limit: int) -> None:
        values: dict[str, object] = {"width": width, "height": height, "limit": limit / 1_000_000}
        if frames == 1:
            sentence = Words(
                "The picture has {width} x {height} pixels; at most {limit} million are accepted. Scale it down first.",
                **values,
            )
        else:
            sentence = Words(
                "The picture has {width} x {height} pixels x {frames} frames; at most {limit} million are accepted. "
                "Scale it down first.",
                **values,
                frames=frames,
            )
        super().__init__(sentence, width=width, height=height, frames=frames, limit=limit)


class TooComplex(Refusal):
    """Within the limits of size, but built to cost far more work than any real picture does."""

    code, status, title = "too_complex", 422, "The file is needlessly complex"

    def __init__(self, what: str, **numbers: object) -> None:
        found = Words(what, **numbers) if numbers else worded(what)
        sentence = Words("The file is needlessly complex: {what}. Save it again with an ordinary program.", what=found)
        super().__init__(sentence, **numbers)


class ScannerRefused(Refusal):
    code, status, title = "malware", 422, "The scanner refused the file"

    def __init__(self, finding: str) -> None:
        super().__init__("The file was refused by the malware scanner.", finding=finding)


class DecoderUnavailable(Refusal):
    """A decoder could not be started or was not free: the server's trouble, not the client's."""

    code, status, title = "decoder_unavailable", 503, "The file cannot be checked just now"

    def __init__(self, reason: str = "", retry_after: int = 10) -> None:
        super().__init__("The file could not be checked just now. Try again in a moment.", retry_after=retry_after)
        self.reason = reason
        self.retry_after = retry_after


class StorageUnavailable(Refusal):
    """The storage failed, not the client."""

    code, status, title = "storage_unavailable", 503, "The storage is unavailable"

    def __init__(self, reason: str = "", retry_after: int = 10) -> None:
        super().__init__("The file could not be stored just now. Try again in a moment.", retry_after=retry_after)
        self.reason = reason
        self.retry_after = retry_after


TABLE: dict[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (
        Empty,
        BadType,
        BadBase64,
        BadDataUrl,
        Malformed,
        NotSignedIn,
        NotAllowed,
        MethodNotAllowed,
        LengthRequired,
        UnknownKey,
        InUse,
        IdempotencyKeyInvalid,
        IdempotencyKeyReused,
        IdempotencyInProgress,
        AnswerNotKept,
        TooLarge,
        TypeNotAllowed,
        BadRange,
        Corrupt,
        TooManyPixels,
        TooComplex,
        ScannerRefused,
        DecoderUnavailable,
        StorageUnavailable,
    )
}
"""Every refusal by its code."""


def reason_of(error: BaseException) -> str:
    """What went wrong, for logs and for those who run the server: what is down tells a client less."""
    if isinstance(error, SafelightError):
        return getattr(error, "reason", "") or str(error)
    return repr(error)


@contextmanager
def local_files() -> Iterator[None]:
    """A disk that is full or forbidden, or too many open files, are the server's failure and not the client's."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(str(error)) from error
