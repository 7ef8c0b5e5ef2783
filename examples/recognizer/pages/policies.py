"""What the files of a page may be. The schema names the second and the third; the first is for the rest."""

from django.conf import settings

from safelight import FILES, IMAGES, MB, Policy

PREFIX = "pages/%Y/%m/%d"

PICTURES = Policy(
    "page pictures",
    types=IMAGES,
    max_bytes=settings.MAX_BYTES,
    max_pixels=settings.MAX_PIXELS,
    prefix=PREFIX,
    thumbnail=True,
)
LOGOS = Policy("logos", types=IMAGES, max_bytes=min(5 * MB, settings.MAX_BYTES), max_pixels=settings.MAX_PIXELS)
ATTACHMENTS = Policy(
    "attachments",
    types=IMAGES | FILES,  # any file; and of what is a picture, only the picture
    max_bytes=settings.MAX_BYTES,
    max_pixels=settings.MAX_PIXELS,
    prefix=PREFIX,
)
