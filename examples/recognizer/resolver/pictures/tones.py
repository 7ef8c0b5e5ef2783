"""What drawing by numbers needs: noise that is the same each time, and ways between two colours."""

import random
from collections.abc import Callable

from PIL import Image

Colour = tuple[int, int, int]


def noise(size: tuple[int, int], dice: random.Random) -> Image.Image:
    return Image.frombytes("L", size, dice.randbytes(size[0] * size[1]))


def clouds(size: tuple[int, int], cell: tuple[int, int], dice: random.Random) -> Image.Image:
    """Noise in cells of this size, with soft transitions."""
    few = max(2, size[0] // cell[0]), max(2, size[1] // cell[1])
    return noise(few, dice).resize(size, Image.Resampling.BICUBIC)


def tinted(grey: Image.Image, dark: Colour, light: Colour, begin: int = 0, end: int = 255) -> Image.Image:
    """`dark` where `grey` is `begin` or less, `light` where it is `end` or more."""
    shares = [smooth((value - begin) / (end - begin)) for value in range(256)]
    bands = zip(dark, light, strict=True)
    return Image.merge("RGB", [grey.point([round(a + (b - a) * share) for share in shares]) for a, b in bands])


def curve(picture: Image.Image, change: Callable[[int], float]) -> Image.Image:
    return picture.point([min(255, max(0, round(change(value)))) for value in range(256)] * len(picture.getbands()))


def smooth(value: float) -> float:
    """From 0 to 1, without a corner."""
    value = min(1.0, max(0.0, value))
    return value * value * (3 - 2 * value)
