"""The pictures that the page offers to try it with, each with what must become of it.

`manage.py prepare` draws them (`pictures.files`) into a folder of static files: ``{% static sample.path %}``.
"""

from dataclasses import dataclass

STORED = "stored"


@dataclass(frozen=True, slots=True)
class Sample:
    name: str  # of the file
    title: str  # a few words, for a button
    sentence: str  # what it is, and what should happen
    outcome: str  # STORED, or the code of the refusal (safelight.errors)

    @property
    def path(self) -> str:
        """Among the static files."""
        return f"samples/{self.name}"


SAMPLES = (
    Sample(
        "sideways.jpg",
        "Sideways photo with GPS",
        "A phone's photo, stored on its side, that says where and when it was taken and with which camera: stored, "
        "and still shown upright, without position, date, camera, thumbnail and comment.",
        STORED,
    ),
    Sample(
        "tail.jpg",
        "Photo with a hidden program",
        "A photo with a PHP program and a ZIP archive behind its last byte: stored, without what lies behind it.",
        STORED,
    ),
    Sample(
        "drawn.gif",
        "Digit while it is drawn",
        "An animation of 20 frames with a comment inside: stored with every frame as it was, without the comment.",
        STORED,
    ),
    Sample(
        "half.jpg",
        "Half a photo",
        "A photo that broke off halfway, as on a bad connection: refused, because the rest is missing.",
        "corrupt",
    ),
    Sample(
        "page.png",
        "Web page named .png",
        "An HTML page with a script, sent as if it were a picture: refused, because the bytes say what a file is.",
        "type_not_allowed",
    ),
    Sample(
        "huge.png",
        "20,000 x 20,000 pixels in 50 kB",
        "A picture that takes 1.6 GB of memory once it is decoded: refused for what its header says, before that.",
        "too_many_pixels",
    ),
)
