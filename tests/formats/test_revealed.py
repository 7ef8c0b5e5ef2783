"""What EXIF would have told: found in every container, whatever the bytes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cameras import TAKEN, camera_exif, pictures
from tests.pictures import chunk, exif_segment, jpeg, png, tiff

from safelight.formats import Revealed, inspect
from safelight.formats.revealed import revealed
from safelight.policy import IMAGES


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_in_every_container(name: str) -> None:
    inspection = inspect(pictures()[name], IMAGES)
    assert inspection.revealed == Revealed(
        latitude=48.2166, longitude=16.3958, taken=TAKEN, camera="Pentacon six", serial_number="0815", owner="A. Person"
    )


def test_south_and_west_are_negative() -> None:
    found = revealed(camera_exif(south_west=True).removeprefix(b"Exif\0\0"))
    assert found is not None
    assert (found.latitude, found.longitude) == (-48.2166, -16.3958)


@pytest.mark.parametrize("order", ["<", ">"], ids=["Intel", "Motorola"])
def test_the_maker_is_named_before_the_model(order: str) -> None:
    def entry(tag: int, text: bytes, at: int) -> bytes:
        return struct.pack(order + "HHII", tag, 2, len(text), at)

    make, model = b"Pentacon\0", b"Six TL\0"
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 2)
    block = head + entry(0x010F, make, 38) + entry(0x0110, model, 47) + bytes(4) + make + model
    assert revealed(block) == Revealed(camera="Pentacon Six TL")


def test_a_thumbnail_is_named() -> None:
    order = ">"
    first = b"MM\0*" + struct.pack(">IHI", 8, 0, 14)
    second = struct.pack(order + "HHHIII", 1, 0x0201, 4, 1, 100, 0)
    assert revealed(first + second) == Revealed(thumbnail=True)


def test_nothing_to_tell() -> None:
    """An orientation alone, an empty block, a position without its seconds."""
    assert revealed(tiff(6)[:20]) is None
    assert revealed(b"") is None
    assert inspect(jpeg(exif_segment(b"nonsense")), IMAGES).revealed is None
    assert inspect(png(before=chunk(b"tEXt", b"GPS\0here")), IMAGES).revealed is None


@pytest.mark.parametrize("denominator", [0, 1])
def test_impossible_positions_are_none(denominator: int) -> None:
    """Neither a division by zero nor a latitude of 4,000 million degrees."""
    good = camera_exif().removeprefix(b"Exif\0\0")
    at = good.index(struct.pack(">II" if good[:2] == b"MM" else "<II", 48, 1))
    number = struct.pack(">II" if good[:2] == b"MM" else "<II", 0xFFFFFFFF, denominator)
    found = revealed(good[:at] + number + good[at + 8 :])
    assert found is not None
    assert (found.latitude, found.longitude) == (None, None)


def test_texts_play_no_tricks() -> None:
    """Neither controls nor the right-to-left override reach a page or a log."""
    block = camera_exif().removeprefix(b"Exif\0\0").replace(b"Pentacon six", "P\x1b[31m\r\n‮".encode().ljust(12, b"x"))
    found = revealed(block)
    assert found is not None
    assert found.camera.isascii()
    assert found.camera.isprintable()


def test_only_the_first_exif_of_a_file_is_read() -> None:
    """As decoders do; a file has room for thousands, and each would cost as much as the first."""
    decoy = exif_segment(b"MM\0*" + struct.pack(">IHI", 8, 0, 0))
    assert inspect(jpeg(exif_segment(camera_exif().removeprefix(b"Exif\0\0")), decoy), IMAGES).revealed is not None
    assert inspect(jpeg(decoy, exif_segment(camera_exif().removeprefix(b"Exif\0\0"))), IMAGES).revealed is None


@given(st.binary(max_size=300), st.sampled_from([b"II*\0", b"MM\0*", b""]), st.integers(0, 200))
def test_never_fails(noise: bytes, start: bytes, cut: int) -> None:
    revealed(start + noise)
    good = camera_exif().removeprefix(b"Exif\0\0")
    revealed(good[:cut] + noise + good[cut + len(noise) :])
