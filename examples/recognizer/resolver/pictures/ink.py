"""Handwriting: digits and operators as strokes of a pen, drawn dab by dab."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .tones import Colour, curve, smooth, tinted

Point = tuple[float, float]
Stroke = tuple[Point, ...]  # cubic Béziers end to end: a start, then two control points and an end for each curve

GLYPHS: dict[str, tuple[Stroke, ...]] = {
    "3": (
        (
            *((0.20, 0.17), (0.30, -0.03), (0.80, -0.05), (0.79, 0.23)),
            *((0.78, 0.41), (0.56, 0.47), (0.40, 0.48)),
            *((0.66, 0.45), (0.88, 0.56), (0.86, 0.74)),
            *((0.83, 1.05), (0.28, 1.08), (0.13, 0.83)),
        ),
    ),
    "4": (
        ((0.56, 0.01), (0.47, 0.24), (0.27, 0.52), (0.08, 0.69), (0.36, 0.65), (0.66, 0.64), (0.95, 0.66)),
        ((0.69, 0.37), (0.69, 0.60), (0.66, 0.82), (0.64, 1.04)),
    ),
    "7": (
        ((0.13, 0.10), (0.34, 0.13), (0.62, 0.09), (0.88, 0.05), (0.68, 0.34), (0.49, 0.66), (0.42, 1.02)),
        ((0.33, 0.55), (0.46, 0.50), (0.64, 0.49), (0.78, 0.50)),
    ),
    "8": (
        (
            *((0.75, 0.20), (0.70, -0.08), (0.18, -0.07), (0.23, 0.25)),
            *((0.30, 0.48), (0.80, 0.49), (0.82, 0.76)),
            *((0.83, 1.08), (0.16, 1.08), (0.18, 0.78)),
            *((0.20, 0.52), (0.74, 0.50), (0.75, 0.22)),
        ),
    ),
    "plus": (
        ((0.07, 0.52), (0.35, 0.49), (0.66, 0.48), (0.94, 0.49)),
        ((0.52, 0.10), (0.50, 0.36), (0.49, 0.64), (0.50, 0.93)),
    ),
    "times": (
        ((0.15, 0.17), (0.36, 0.37), (0.62, 0.62), (0.87, 0.86)),
        ((0.84, 0.13), (0.66, 0.36), (0.38, 0.66), (0.15, 0.89)),
    ),
    "divide": (
        ((0.04, 0.53), (0.34, 0.49), (0.66, 0.49), (0.96, 0.50)),
        ((0.49, 0.16), (0.54, 0.14), (0.53, 0.21), (0.50, 0.18)),
        ((0.48, 0.82), (0.53, 0.79), (0.53, 0.87), (0.49, 0.84)),
    ),
    "equals": (
        ((0.08, 0.36), (0.36, 0.33), (0.66, 0.33), (0.93, 0.34)),
        ((0.07, 0.67), (0.36, 0.65), (0.66, 0.63), (0.91, 0.65)),
    ),
}
"""Each in a square from (0, 0), left above, to (1, 1)."""


@dataclass(frozen=True, slots=True)
class Dab:
    """One touch of the pen's tip."""

    x: float
    y: float
    radius: float


def write(glyph: str, left: float, top: float, height: float, pen: float = 0.075) -> list[list[Dab]]:
    """The dabs of each stroke of a glyph of this height. `pen` is the tip's width, as a share of the height."""
    return [
        [Dab(left + x * height, top + y * height, radius * height) for x, y, radius in _touches(stroke, pen / 2)]
        for stroke in GLYPHS[glyph]
    ]


def mask(strokes: Sequence[Sequence[Dab]], size: tuple[int, int], finer: int = 2) -> Image.Image:
    """How much ink lies where, 0 to 255, smooth at the edges."""
    large = Image.new("L", (size[0] * finer, size[1] * finer))
    draw = ImageDraw.Draw(large)
    for stroke in strokes:
        for dab in stroke:
            x, y, radius = dab.x * finer, dab.y * finer, dab.radius * finer
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return large.reduce(finer)


def soak(paper: Image.Image, written: Image.Image, fibres: Image.Image, colour: Colour) -> Image.Image:
    """`paper` with ink on it. Ink creeps a little along the fibres, lets a ruling shine through, and dries darkest at
    its edge."""
    unit = min(paper.size) / 100
    crept = Image.blend(written.filter(ImageFilter.GaussianBlur(0.1 * unit)), fibres, 0.15)
    depth = Image.blend(written.filter(ImageFilter.GaussianBlur(0.7 * unit)), fibres, 0.3)
    red, green, blue = colour
    wet = tinted(depth, colour, (red + 44, green + 44, blue + 44), begin=110, end=230)
    edge = curve(crept, lambda value: 255 * smooth((value - 72) / 104))
    return Image.composite(ImageChops.multiply(wet, paper), paper, edge)


def _touches(stroke: Stroke, radius: float) -> list[tuple[float, float, float]]:
    """Evenly spaced along the stroke. The tip is broader than long and held at an angle: down strokes are thick, and
    others thin; it is lifted where it leaves the paper."""
    step = radius / 5
    line = _along(stroke, step)
    angles = [math.atan2(y2 - y1, x2 - x1) for (x1, y1), (x2, y2) in pairwise(line)]
    breadths = [0.74 + 0.38 * abs(math.sin(angle + 0.5)) for angle in angles]
    touches = []
    for number, (x, y) in enumerate(line):
        near = breadths[max(0, number - 8) : number + 8]  # a hand turns the pen less abruptly than the line turns
        lift = 0.36 * math.exp(-(len(line) - number) * step / (2.2 * radius))
        touches.append((x, y, radius * sum(near) / len(near) * (1 - lift)))
    return touches


def _along(stroke: Stroke, step: float) -> list[Point]:
    """Points of a chain of Béziers, `step` apart."""
    fine = [stroke[0]]
    for at in range(0, len(stroke) - 3, 3):
        fine += [_bezier(stroke[at : at + 4], number / 200) for number in range(1, 201)]
    points, gone = [fine[0]], 0.0
    for before, here in pairwise(fine):
        gone += math.dist(before, here)
        if gone >= step:
            points.append(here)
            gone -= step
    return [*points, fine[-1]]


def _bezier(curve: Sequence[Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return (
        sum(weight * x for weight, (x, _) in zip(weights, curve, strict=True)),
        sum(weight * y for weight, (_, y) in zip(weights, curve, strict=True)),
    )
