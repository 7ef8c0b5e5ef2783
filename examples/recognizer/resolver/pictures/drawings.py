"""Pictures that no camera took: a sticky note that was cut out, and a digit while it is drawn on a screen."""

import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from . import ink
from .tones import Colour, clouds, curve, tinted

_NOTE: tuple[Colour, Colour] = (250, 202, 74), (255, 226, 122)
_MARKER: Colour = (54, 44, 40)
_SCREEN: Colour = (250, 250, 247)
_GRID: Colour = (222, 230, 240)
_TOUCH: Colour = (30, 98, 214)
_SHADES = 24


def note(glyph: str, side: int = 640, seed: int = 1) -> Image.Image:
    """A sticky note with a soft shadow, and nothing around it: its alpha channel says so."""
    unit = side / 100
    paper = 82 * side // 100
    size = (paper, paper)
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    sloped = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    texture = clouds(size, (60, 60), dice)
    sheet = tinted(Image.blend(sloped, texture, 0.2), *_NOTE)
    high = 0.56 * paper
    written = ink.mask(ink.write(glyph, (paper - high) / 2, (paper - high) / 2, high, pen=0.09), size)
    sheet = ink.soak(sheet, written, texture, _MARKER).convert("RGBA")

    place = (side - paper) // 2
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    picture.paste(sheet, (place, place))
    picture = picture.rotate(5, Image.Resampling.BICUBIC)
    shadow = Image.new("L", (side, side))
    shadow.paste(picture.getchannel("A"), (round(0.6 * unit), round(1.8 * unit)))
    shadow = curve(shadow.filter(ImageFilter.GaussianBlur(2 * unit)), lambda value: 0.35 * value)
    below = Image.merge("RGBA", [Image.new("L", (side, side), value) for value in (40, 30, 20)] + [shadow])
    return Image.alpha_composite(below, picture)


def drawn(glyph: str, size: tuple[int, int] = (480, 360), frames: int = 20) -> list[Image.Image]:
    """A glyph while it is drawn on a screen, frame by frame. All have one palette: shades from the ground to the ink,
    and from the grid to the ink."""
    (width, height), high = size, 0.66 * size[1]
    strokes = ink.write(glyph, (width - high) / 2, (height - high) / 2, high, pen=0.085)
    grid = Image.new("L", size)
    lines = ImageDraw.Draw(grid)
    for at in range(12, max(size), 24):
        lines.line((at, 0, at, height), _SHADES)
        lines.line((0, at, width, at), _SHADES)
    shares = [shade / (_SHADES - 1) for shade in range(_SHADES)]
    palette = [
        round(light + (dark - light) * share)
        for ground in (_SCREEN, _GRID)
        for share in shares
        for light, dark in zip(ground, _TOUCH, strict=True)
    ]
    pictures = []
    for frame in range(1, frames + 1):
        covered = ink.mask(_begun(strokes, frame / frames), size)
        picture = ImageChops.add(curve(covered, lambda value: value * (_SHADES - 1) / 255), grid)
        picture.putpalette(palette)
        pictures.append(picture)
    return pictures


def _begun(strokes: list[list[ink.Dab]], share: float) -> list[list[ink.Dab]]:
    """The first dabs of all: as far as the pen has come."""
    left = round(share * sum(map(len, strokes)))
    begun = []
    for stroke in strokes:
        begun.append(stroke[:left])
        left = max(0, left - len(stroke))
    return begun
