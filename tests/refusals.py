"""One refusal of each kind; and why a file is not accepted, by every check that the formats make."""

import pytest
from tests.pictures import sanitised

from safelight import errors
from safelight.errors import Refusal

REFUSALS = [
    errors.Empty(),
    errors.BadType("a number"),
    errors.BadBase64(),
    errors.BadDataUrl("No comma."),
    errors.Malformed(),
    errors.NotSignedIn(),
    errors.NotAllowed(),
    errors.MethodNotAllowed("Files can only be read here.", ["GET", "HEAD"]),
    errors.LengthRequired(),
    errors.UnknownKey("a/b.png"),
    errors.InUse(),
    errors.IdempotencyKeyInvalid(),
    errors.IdempotencyKeyReused(),
    errors.IdempotencyInProgress(3),
    errors.AnswerNotKept(),
    errors.TooLarge(5_000_000, 6_000_000),
    errors.TypeNotAllowed("text", ["JPEG"]),
    errors.BadRange(10),
    errors.Corrupt("it is cut short"),
    errors.TooManyPixels(10, 20, 3, 100),
    errors.TooComplex("a JPEG of more than 100 scans"),
    errors.ScannerRefused("Eicar"),
    errors.DecoderUnavailable("fork: no memory"),
    errors.StorageUnavailable("disk full at /srv/secret"),
]


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        sanitised(data)
    return refusal.value
