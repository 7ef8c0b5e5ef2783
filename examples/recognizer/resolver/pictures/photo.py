"""A phone's photo of a sheet of paper: on a wooden table, in the light of a window, through a lens, with some grain."""

import math
import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from . import ink
from .tones import Colour, clouds, curve, noise, smooth, tinted

OAK: tuple[Colour, Colour] = (148, 106, 72), (206, 166, 124)
WALNUT: tuple[Colour, Colour] = (72, 47, 35), (122, 85, 62)
BLUE: Colour = (28, 42, 104)
BLACK: Colour = (40, 37, 42)
_PAPER: tuple[Colour, Colour] = (243, 237, 224), (255, 249, 236)
_RULING: Colour = (126, 158, 196)
_MARGIN: Colour = (226, 128, 122)
_DARK: Colour = (24, 16, 14)
_SUN, _SKY = (1.0, 0.96, 0.86), (0.975, 0.985, 1.0)  # the colour of light that comes from them


@dataclass(frozen=True, slots=True)
class Shot:
    """What is written on the sheet, and how it lies before the camera. The same shot is the same picture each time."""

    glyph: str
    size: tuple[int, int]
    seed: int
    turn: float = -4.0  # degrees
    tilt: float = 0.14  # how much farther away the upper edge is than the middle
    squared: bool = True  # or lined, with a margin and holes
    pen: Colour = BLUE
    wood: tuple[Colour, Colour] = OAK

    @property
    def unit(self) -> float:
        """A hundredth of the shorter side: what is drawn looks the same in a small picture as in a large one."""
        return min(self.size) / 100


def take(shot: Shot) -> Image.Image:
    dice = random.Random(shot.seed)  # noqa: S311 - nothing secret
    scene = _wood(shot, dice)
    outline = _seen(_outline(shot), shot)
    scene.paste(_DARK, mask=_shadow(outline, shot.unit))
    scene.paste(_seen(_sheet(shot, dice), shot), mask=outline)
    return _grainy(ImageChops.multiply(_focused(scene), _light(shot, dice)), dice)


def _wood(shot: Shot, dice: random.Random) -> Image.Image:
    """Long fibres: noise, stretched along the board."""
    broad, fine, fibre = (clouds(shot.size, cell, dice) for cell in ((400, 40), (160, 8), (50, 2)))
    return tinted(Image.blend(Image.blend(broad, fine, 0.45), fibre, 0.25), *shot.wood, begin=64, end=192)


def _outline(shot: Shot) -> Image.Image:
    """The shape of the sheet."""
    (width, height), unit = shot.size, shot.unit
    outline = Image.new("L", shot.size)
    draw = ImageDraw.Draw(outline)
    draw.rounded_rectangle((2, 2, width - 3, height - 3), radius=1.4 * unit, fill=255)
    if not shot.squared:
        for number in range(3):
            draw.circle((4.5 * unit, height * (number + 0.5) / 3), radius=1.5 * unit, fill=0)
    return outline


def _shadow(outline: Image.Image, unit: float) -> Image.Image:
    small = outline.reduce(4)
    moved = Image.new("L", small.size)
    moved.paste(small, (round(0.35 * unit), round(0.45 * unit)))
    moved = moved.filter(ImageFilter.GaussianBlur(0.4 * unit)).resize(outline.size, Image.Resampling.BILINEAR)
    return curve(moved, lambda value: 0.7 * value)


def _sheet(shot: Shot, dice: random.Random) -> Image.Image:
    """The paper from above, with its ruling and what is written on it."""
    (width, height), unit = shot.size, shot.unit
    fine = noise(shot.size, dice).filter(ImageFilter.GaussianBlur(0.1 * unit))
    fibres = Image.blend(fine, clouds(shot.size, (40, 40), dice), 0.35)
    paper = tinted(fibres, *_PAPER)

    twice = Image.new("L", (2 * width, 2 * height))
    draw = ImageDraw.Draw(twice)
    step, thick = 12.4 * unit, max(2, round(0.4 * unit))
    for number in range(1, math.ceil(2 * height / step)):
        draw.line((0, number * step, 2 * width, number * step), 130, thick)
    for number in range(1, math.ceil(2 * width / step) if shot.squared else 0):
        draw.line((number * step, 0, number * step, 2 * height), 130, thick)
    paper.paste(_RULING, mask=twice.reduce(2))
    if not shot.squared:
        paper.paste(_MARGIN, (round(11 * unit), 0, round(11 * unit + thick / 2), height))

    high = 58 * unit
    written = ink.mask(ink.write(shot.glyph, (width - high) / 2, (height - high) / 2, high), shot.size)
    return ink.soak(paper, written, fibres, shot.pen)


def _seen(sheet: Image.Image, shot: Shot) -> Image.Image:
    """As the camera sees it: turned around its middle, and the smaller the farther away it is."""
    (width, height), angle, zoom = shot.size, math.radians(shot.turn), 1.13
    x, y, tilt = width / 2, height / 2, shot.tilt / height
    cos, sin, near = math.cos(angle) * zoom, math.sin(angle) * zoom, 1 - shot.tilt / 2
    across = (cos, -sin + x * tilt, x * near - cos * x + sin * y)
    down = (sin, cos + y * tilt, y * near - sin * x - cos * y)
    view = [value / near for value in (*across, *down, 0, tilt)]  # from the photo to the sheet, as Pillow wants it
    return sheet.transform(shot.size, Image.Transform.PERSPECTIVE, view, Image.Resampling.BICUBIC)


def _focused(picture: Image.Image) -> Image.Image:
    """Sharp in the middle, softer towards the upper and the lower edge."""
    soft = picture.reduce(2).filter(ImageFilter.GaussianBlur(min(picture.size) / 600))
    column = bytes(round(255 * smooth((abs(row - 34) - 14) / 24)) for row in range(64))
    mask = Image.frombytes("L", (1, 64), column).resize(picture.size, Image.Resampling.BICUBIC)
    return Image.composite(soft.resize(picture.size, Image.Resampling.BICUBIC), picture, mask)


def _light(shot: Shot, dice: random.Random) -> Image.Image:
    """The sun through a window with bars, from the left: warm where it falls, cool in the shade. And the vignette."""
    width, height = 80, 60
    moved = dice.uniform(-0.08, 0.08)
    light = bytearray()
    for number in range(width * height):
        x, y = number % width / (width - 1), number // width / (height - 1)
        across, along = (x + 0.45 * y + moved) / 0.66, (y - 0.22 * x + 0.25 + moved) / 0.8
        sun = 0.18 * _pane(across) * _pane(along) * smooth(1.7 - across)
        sky = (0.88 - 0.08 * x) * (1 - 0.4 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))
        light += bytes(min(255, round(255 * (sun * warm + sky * cool))) for warm, cool in zip(_SUN, _SKY, strict=True))
    return Image.frombytes("RGB", (width, height), bytes(light)).resize(shot.size, Image.Resampling.BICUBIC)


def _pane(place: float) -> float:
    """Full within each pane of the window, nothing behind its bars."""
    place %= 1
    return smooth(place / 0.14) * smooth((1 - place) / 0.14)


def _grainy(picture: Image.Image, dice: random.Random) -> Image.Image:
    grain = noise(picture.size, dice).filter(ImageFilter.GaussianBlur(0.7))
    grain = curve(grain, lambda value: 128 + 0.06 * (value - 128))
    return ImageChops.add(picture, Image.merge("RGB", [grain] * 3), offset=-128)
