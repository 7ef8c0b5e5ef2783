"""A variant's key follows from its blob's, and leads back to it; what is not ours is nobody's variant."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Blob
from safelight.keys import MAX_PREFIX, is_ours, new_key
from safelight.policy import EXTENSIONS
from safelight.variants import THUMBNAIL, base_of, keys_of, thumbnail_key

EXTENSION = st.sampled_from(["jpg", "png", "gif", "webp", "avif", "bin", *EXTENSIONS.values()])
PREFIX = st.sampled_from(["", "scans/%Y/%m/%d", "a.thumbnail.webp", "x" * MAX_PREFIX])
KEYS = st.builds(lambda prefix, extension: new_key(prefix, extension, datetime.now(UTC)), PREFIX, EXTENSION)


@given(KEYS)
def test_there_and_back(key):
    assert base_of(THUMBNAIL.key(key)) == key
    assert keys_of(key) == (THUMBNAIL.key(key), key)


@given(KEYS)
def test_no_blobs_key_is_a_variants(key):
    assert base_of(key) is None
    assert not is_ours(THUMBNAIL.key(key))
    assert base_of(THUMBNAIL.key(THUMBNAIL.key(key))) is None


@given(st.text() | st.from_regex(r"[a-z/.]{0,40}(\.jpg)?\.thumbnail\.webp", fullmatch=True))
def test_what_is_not_ours_has_no_variants(name):
    assert base_of(name) is None
    assert keys_of(name) == (name,)


def test_the_name_can_be_read():
    key = new_key("scans/%Y", "jpg", datetime(2026, 11, 20, tzinfo=UTC))
    assert THUMBNAIL.key(key) == f"{key}.thumbnail.webp"


def test_only_who_has_one_says_where_it_lies():
    blob = Blob("a/b.png", "default", "image/png", 123, "ab" * 32, 3, 4)
    assert thumbnail_key(blob) is None
    assert thumbnail_key(replace(blob, thumbnail_size=45)) == THUMBNAIL.key("a/b.png")


@pytest.mark.parametrize(
    ("picture", "thumbnail"),
    [
        ((4000, 3000), (320, 240)),
        ((3000, 4000), (240, 320)),
        ((321, 321), (320, 320)),
        ((320, 320), (320, 320)),
        ((37, 23), (37, 23)),
        ((1, 1), (1, 1)),
        ((20_000, 1), (320, 1)),
        ((1, 50_000_000), (1, 320)),
    ],
)
def test_a_thumbnails_size(picture, thumbnail):
    assert THUMBNAIL.fitted(*picture) == thumbnail


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_thumbnail_fits_and_keeps_its_shape(width, height):
    small = THUMBNAIL.fitted(width, height)
    assert 1 <= min(small) <= max(small) <= 320
    assert abs(small[0] - width * max(small) / max(width, height)) <= 1
    assert abs(small[1] - height * max(small) / max(width, height)) <= 1
