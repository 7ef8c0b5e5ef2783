"""The bytes of the samples: pictures and what hides in them, as cameras, attackers and bad connections make them."""

import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import PIL
from PIL import ExifTags, Image

from ..samples import SAMPLES
from .drawings import drawn
from .formats import gif, jpeg
from .photo import BLACK, WALNUT, Shot, take

LANDSCAPE = (1600, 1200)

_CAMERA = {
    ExifTags.Base.Make: "Safelight",
    ExifTags.Base.Model: "Sample camera",
    ExifTags.Base.Orientation: 6,
    ExifTags.Base.DateTime: "2026:05:01 11:24:30",
}
_TIME = {ExifTags.Base.DateTimeOriginal: "2026:05:01 11:24:30", ExifTags.Base.OffsetTimeOriginal: "+02:00"}
_PLACE = {  # in front of the Giant Ferris Wheel in Vienna
    ExifTags.GPS.GPSVersionID: b"\2\3\0\0",
    ExifTags.GPS.GPSLatitudeRef: "N",
    ExifTags.GPS.GPSLatitude: (48.0, 12.0, 59.76),
    ExifTags.GPS.GPSLongitudeRef: "E",
    ExifTags.GPS.GPSLongitude: (16.0, 23.0, 44.88),
    ExifTags.GPS.GPSAltitudeRef: b"\0",
    ExifTags.GPS.GPSAltitude: 160.0,
}
_TAIL = b"<?php echo 'Whoever runs this file as a program reads this.'; ?>\n"
_XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Vienna"
 photoshop:Country="Austria"/></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
_PAGE = b"""<!doctype html>
<html lang="en">
<title>Not a picture</title>
<h1>Not a picture</h1>
<script>document.querySelector("h1").textContent = "A script of a stranger runs here.";</script>
</html>
"""


def sideways() -> bytes:
    """Held upright, stored on its side: a viewer turns it by the orientation (6: a quarter turn clockwise)."""
    upright = take(Shot("7", LANDSCAPE[::-1], seed=1, wood=WALNUT))
    small = upright.resize((120, 160), Image.Resampling.BICUBIC).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif.update(_CAMERA)
    exif.get_ifd(ExifTags.IFD.Exif).update(_TIME)
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(_PLACE)
    return jpeg(
        upright.transpose(Image.Transpose.ROTATE_90),
        exif=_with_thumbnail(exif, jpeg(small)),
        xmp=_XMP,
        comment=b"Taken in front of the Giant Ferris Wheel.",
    )


def tail() -> bytes:
    """A photo for whoever shows it, and a ZIP archive for whoever unpacks it: that begins to read at the end."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("program.php"), _TAIL)
    photo = take(Shot("divide", LANDSCAPE, seed=2, turn=5, squared=False, pen=BLACK))
    return jpeg(photo, comment=b"Edited with nothing in particular.") + _TAIL + archive.getvalue()


def animation() -> bytes:
    return gif(drawn("8"), comment=b"Drawn by a program.")


def half() -> bytes:
    photo = jpeg(take(Shot("4", LANDSCAPE, seed=3)))
    return photo[: len(photo) // 2]


def page() -> bytes:
    return _PAGE


def huge(side: int = 20_000) -> bytes:
    """All black, with one bit for each pixel. Valid to the last byte."""
    row = bytes(1 + side // 8)  # the filter, and the pixels
    rows, some = zlib.compressobj(9), row * 500
    packed = b"".join(rows.compress(some) for _ in range(side // 500)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


MAKERS: dict[str, Callable[[], bytes]] = {
    "sideways.jpg": sideways,
    "tail.jpg": tail,
    "drawn.gif": animation,
    "half.jpg": half,
    "page.png": page,
    "huge.png": huge,
}


def write(folder: Path) -> None:
    """The samples, unless this code (with this Pillow) has written them already. Each takes its place at once: a server
    that runs meanwhile never reads half a file, and a killed `prepare` begins anew."""
    made = folder / ".made"
    version = _version()
    with suppress(FileNotFoundError):
        if made.read_text() == version and all((folder / sample.name).exists() for sample in SAMPLES):
            return
    folder.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        _replace(folder / sample.name, MAKERS[sample.name]())
    _replace(made, version.encode())


def _version() -> str:
    """Changes with everything that draws."""
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(code + PIL.__version__.encode()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_bytes(content)
    new.replace(path)


def _with_thumbnail(exif: Image.Exif, thumbnail: bytes) -> bytes:
    """Pillow writes one directory. The thumbnail stands in a second one (CIPA DC-008, 4.5.4), to which the first has to
    point."""
    exif.endian = "<"
    block = exif.tobytes()[6:]
    block += bytes(len(block) % 2)
    (entries,) = struct.unpack_from("<H", block, 8)
    pointer = 10 + 12 * entries
    second = struct.pack("<H", 3)
    for tag, kind, value in ((0x0103, 3, 6), (0x0201, 4, len(block) + 42), (0x0202, 4, len(thumbnail))):
        second += struct.pack("<HHLL", tag, kind, 1, value)
    first = block[:pointer] + struct.pack("<L", len(block)) + block[pointer + 4 :]
    return b"Exif\0\0" + first + second + bytes(4) + thumbnail
