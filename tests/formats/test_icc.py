"""Colour profiles: whole or not."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageCms
from tests.pictures import icc_profile

from safelight.formats.icc import MAX_BYTES, is_whole


def changed(at: int, value: int) -> bytes:
    profile = bytearray(icc_profile())
    struct.pack_into(">I", profile, at, value)
    return bytes(profile)


def test_real_profiles_are_whole():
    for space in ("sRGB", "LAB", "XYZ"):
        assert is_whole(ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes())


@pytest.mark.parametrize("size", [144, 1000, MAX_BYTES])
def test_a_whole_profile_of_any_sane_size(size):
    assert is_whole(icc_profile(size))


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        icc_profile()[:131],
        icc_profile()[:-1],
        icc_profile() + b"<html>",
        icc_profile().replace(b"acsp", b"html"),
        changed(0, 399),
        changed(128, 0),
        changed(128, 23),
        changed(128, 1 << 31),
        changed(136, 143),
        changed(136, 401),
        changed(140, 257),
        changed(140, (1 << 32) - 1),
        icc_profile(MAX_BYTES + 1),
    ],
    ids=[
        "nothing",
        "no tag table",
        "cut short",
        "something behind it",
        "no signature",
        "another size",
        "no tags",
        "more tags than fit",
        "2^31 tags",
        "a tag in the table",
        "a tag behind the end",
        "a tag over the end",
        "a tag without end",
        "too large",
    ],
)
def test_a_broken_profile_is_not_whole(profile):
    assert not is_whole(profile)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(rest):
    for start in (b"", icc_profile()[:128], icc_profile()[:140]):
        is_whole(start + rest)
        is_whole(struct.pack(">I", len(start + rest)) + (start + rest)[4:])
