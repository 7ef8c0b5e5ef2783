"""The page that a first run finds, with every part of it filled in. Its files go the way that all files go."""

import io
from base64 import b64encode

from django.db import router
from PIL import Image, ImageDraw

from resolver.pictures import drawings, formats, ink
from resolver.pictures.photo import BLACK, WALNUT, Shot, take
from safelight import Policy, Safelight, Upload
from safelight.django.fields import ledger
from safelight.django.models import Blob
from safelight.django.storage import Storages

from .models import Page
from .policies import ATTACHMENTS, PICTURES

TEXT = (
    "The recognizer reads one digit or operator in a picture. Write it large, on clean paper, with a pen that can be "
    "seen from across the room; lay the sheet where the light comes from the side, and hold the phone above its middle."
    "\n\nA little crooked is fine. A shadow across the digit is not."
)


def store() -> Page:
    """Raises the `Refusal` of the first file that is not accepted: the settings may want smaller ones."""
    cover = keep("desk.jpg", formats.jpeg(take(Shot("7", (1600, 900), seed=7, turn=-3, wood=WALNUT))), PICTURES)
    lined = keep("lined.jpg", formats.jpeg(take(Shot("4", (1200, 900), seed=8, squared=False, pen=BLACK))), PICTURES)
    plus = keep("plus.webp", formats.webp(take(Shot("plus", (900, 1200), seed=9, turn=4))), PICTURES)
    note = keep("note.png", formats.png(drawings.note("equals")), PICTURES)
    sheet = keep("practice sheet.pdf", practice_sheet(), ATTACHMENTS)
    body = {
        "title": "A digit that can be read",
        "cover": cover,
        "logo": f"data:image/png;name=seven.png;base64,{b64encode(logo()).decode()}",
        "block": {"heading": "How to take the picture", "text": TEXT},
        "gallery": [
            {"picture": lined, "caption": "A four on lined paper, in black ink"},
            {"picture": plus, "caption": "A plus sign, a little crooked: still fine"},
            {"picture": note, "caption": "An equals sign on a sticky note, cut out"},
        ],
        "attachment": sheet,
        "contact": {"name": "The recognizer's desk", "email": "desk@example.com"},
    }
    return Page.objects.create(title="How to photograph a digit", slug="how-to-photograph-a-digit", body=body)


def keep(name: str, content: bytes, policy: Policy) -> str:
    """The key of a stored file. When the page is saved, it is the page that holds it."""
    safelight = Safelight(ledger(router.db_for_write(Blob)), Storages())
    return safelight.accept(Upload(io.BytesIO(content), filename=name), policy).key


def logo(side: int = 160) -> bytes:
    picture = Image.new("RGBA", (side, side))
    ImageDraw.Draw(picture).circle((side / 2, side / 2), side / 2 - 2, fill="#a3320b")
    high = 0.52 * side
    written = ink.mask(ink.write("7", (side - high) / 2, (side - high) / 2, high, pen=0.13), picture.size)
    picture.paste("#fff", mask=written)
    return formats.png(picture)


def practice_sheet() -> bytes:
    """Ten rows to trace, on a page of A4 at 100 dots to the inch."""
    page = Image.new("L", (827, 1169), 255)
    draw = ImageDraw.Draw(page)
    glyphs = list(ink.GLYPHS)
    for row, glyph in enumerate(glyphs):
        top = 90 + row * 126
        draw.line((60, top + 104, 767, top + 104), 200, 2)
        for column in range(6):
            strokes = ink.write(glyph, 76 + column * 116, top + 8, 84, pen=0.08)
            page.paste(20 if column == 0 else 205, mask=ink.mask(strokes, page.size))
    file = io.BytesIO()
    page.save(file, "PDF", resolution=100, title="Practice sheet")
    return file.getvalue()
