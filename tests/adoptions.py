"""A folder of pictures as an ImageField leaves it behind after some years, and what an adoption must say of each."""

from collections.abc import Mapping
from typing import NamedTuple

from tests.judge import CORPUS
from tests.pictures import photo

GOOD = ("good/plain.jpg", "good/rgba.png", "good/plain.gif", "good/plain.webp", "good/animated.png", "good/gray.jpg")
WITH_METADATA = (
    "metadata/gps.jpg",
    "metadata/gps.png",
    "metadata/gps.webp",
    "metadata/xmp_gps.jpg",
    "metadata/exif_thumbnail.jpg",
    "metadata/orientation_6.jpg",
)
REFUSED = {
    "damaged/trunc_50.jpg": "The file is damaged: it is cut short",
    "damaged/png_bad_crc_idat.png": "The file is damaged",
    "lying_ext/html_with_leading_bom_and_space.jpg": "This is an HTML page; accepted:",
    "svg/script_as.jpg": "This is an SVG",
    "active/doc.pdf": "This is a PDF document; accepted: AVIF, GIF, JPEG, PNG and WebP.",
    "limits/mp51_7200x7200_gray.png": "The picture has 7200 x 7200 pixels",
    "polyglot/jpeg_trailing_zip.jpg": "It carries what is no part of it: data after the end (147 bytes).",
    "polyglot/jpeg_trailing_html.jpg": "It carries what is no part of it: data after the end (73 bytes).",
    "polyglot/png_trailing_zip.png": "It carries what is no part of it: data after the end",
    "polyglot/gif_trailing_jar_gifar.gif": "It carries what is no part of it: data after the end",
    "polyglot/jpeg_com_html.jpg": "Program code is hidden in its metadata.",
    "polyglot/png_text_php.png": "Program code is hidden in its metadata.",
}
"""What is said of each, as far as it must be so."""
EMPTY = "portraits/empty.jpg"
UNPRINTABLE = "portraits/\x1b[31m.jpg"
OUTSIDE = "../settings.jpg"
MISSING = ("portraits/gone.jpg", "portraits/gone too.jpg")
UNREADABLE = {
    EMPTY: "The file is empty",
    UNPRINTABLE: "Its name cannot be a key",
    OUTSIDE: "This is no name of a file in a storage",
}
KNOWN = tuple(f"portraits/{file}" for file in GOOD + WITH_METADATA)
"""The names of those that are adopted."""
REASONS = {f"portraits/{file}": reason for file, reason in REFUSED.items()} | UNREADABLE


class Past(NamedTuple):
    """`files` lie in the storage, and rows have `names`."""

    files: Mapping[str, bytes]
    names: tuple[str, ...]

    @classmethod
    def of(cls) -> "Past":
        files = {f"portraits/{file}": (CORPUS / file).read_bytes() for file in (*GOOD, *WITH_METADATA, *REFUSED)}
        files |= {EMPTY: b"", UNPRINTABLE: photo()}
        return cls(files, (*files, OUTSIDE, *MISSING, KNOWN[0]))  # and one that two rows share


def assert_told(troubles: str) -> None:
    """Each file that stays unknown is named once, with its reason, and no other is."""
    lines = troubles.splitlines()
    assert lines[0] == f"{len(REASONS)} files refused, left unknown to the ledger, and working as before:"
    told = dict(line.strip().split(": ", 1) for line in lines[1 : 1 + len(REASONS)])
    assert told.keys() == {name if name.isprintable() else ascii(name) for name in REASONS}
    for name, reason in REASONS.items():
        assert told[name if name.isprintable() else ascii(name)].startswith(reason)
    assert lines[1 + len(REASONS) :] == ["2 files missing, though rows name them:", *(f"  {name}" for name in MISSING)]
