"""The pictures that a first run finds stored: each of another format and day, all by the way that pictures go."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import features

from ..models import Image
from . import drawings, formats
from .photo import BLACK, WALNUT, Shot, take

SIZE = (800, 600)


@dataclass(frozen=True, slots=True)
class Seed:
    name: str  # under which it was sent
    age: timedelta
    make: Callable[[], bytes]


def three() -> bytes:
    return formats.jpeg(take(Shot("3", SIZE, seed=4, turn=3, wood=WALNUT)))


def times() -> bytes:
    return formats.webp(take(Shot("times", SIZE, seed=5, turn=-7, squared=False)))


def plus() -> bytes:
    return formats.avif(take(Shot("plus", SIZE, seed=6, turn=2, pen=BLACK)))


def equals() -> bytes:
    return formats.png(drawings.note("equals"))


def eight() -> bytes:
    return formats.gif(drawings.drawn("8"))


SEEDS = (
    Seed("exercise 3.jpg", timedelta(days=6, hours=2), three),
    Seed("drawn with a finger.gif", timedelta(days=4, hours=7), eight),
    Seed("Übungsheft.webp", timedelta(days=2, hours=21), times),
    Seed("plus.avif", timedelta(days=1, hours=4), plus),
    Seed("sticky note.png", timedelta(minutes=38), equals),
)


def store() -> int:
    """Oldest first, as if they had been sent on their days. Returns how many there are: not every Pillow writes AVIF.
    Raises the `Refusal` of the first one that is not accepted: the settings may want smaller pictures."""
    seeds = [seed for seed in SEEDS if not seed.name.endswith(".avif") or features.check("avif")]
    for seed in seeds:
        image = Image.objects.create(image=ContentFile(seed.make(), seed.name))
        Image.objects.filter(pk=image.pk).update(timestamp=timezone.now() - seed.age)  # auto_now_add said today
    return len(seeds)
