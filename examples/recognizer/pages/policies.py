"""What the files of a page may be. The schema names the second and the third; the first is for the rest."""

from django.conf import settings

from safelight import FILES, IMAGES, MB, Policy

_RULES = {
    "max_pixels": settings.MAX_PIXELS,
    "decode": settings.DECODE,
    "prefix": "pages/%Y/%m/%d",
}

PICTURES = Policy("page pictures", types=IMAGES, max_bytes=settings.MAX_BYTES, thumbnail=True, **_RULES)
LOGOS = Policy("logos", types=IMAGES, max_bytes=min(5 * MB, settings.MAX_BYTES), **_RULES)
ATTACHMENTS = Policy(  # any file; and of what is a picture, only the picture
    "attachments", types=IMAGES | FILES, max_bytes=settings.MAX_BYTES, **_RULES
)
