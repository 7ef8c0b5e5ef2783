"""What the recognizer accepts: pictures of digits and operators, straight from a phone's camera."""

from django.conf import settings

from safelight import IMAGES, Policy

SCANS = Policy(
    "scans",
    types=IMAGES,
    max_bytes=settings.MAX_BYTES,
    max_pixels=settings.MAX_PIXELS,
    decode="strict" if settings.DECODE == "strict" else "structure",
    thumbnail=True,
)
