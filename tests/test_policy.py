"""A policy that cannot work fails where it is written."""

import dataclasses

import pytest

from safelight import DOCUMENTS, FILES, IMAGES, MB, Policy
from safelight.formats import FORMATS


def test_a_policy_is_a_value():
    policy = Policy("avatars", types=["image/png"], max_bytes=5 * MB)
    assert policy == Policy("avatars", types={"image/png"}, max_bytes=5_000_000)
    assert policy.types == frozenset({"image/png"})
    assert Policy("scans").types == IMAGES
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.max_bytes = 1


def test_every_kind_that_a_policy_may_name_can_be_verified():
    assert FORMATS.keys() == IMAGES | DOCUMENTS
    assert Policy("mixed", types=IMAGES | DOCUMENTS | FILES).types > IMAGES


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"types": {"image/png", "text/html"}}, "cannot verify text/html"),
        ({"types": {"application/zip"}}, "cannot verify application/zip"),
        ({"types": {"image/*"}}, r"cannot verify image/\*"),
        ({"types": ()}, "accepts nothing"),
        ({"max_bytes": 0}, "accepts nothing"),
        ({"max_pixels": 0}, "accepts nothing"),
        ({"types": {"image/heic", "image/png"}}, "image/heic becomes image/jpeg, which is not among its types"),
        ({"decode": "loosely"}, "decode is one of"),
        ({"orient": "sideways"}, "orient of"),
    ],
)
def test_a_policy_that_cannot_work_names_itself(wrong, words):
    with pytest.raises(ValueError, match=f"policy 'avatars'.*{words}"):
        Policy("avatars", **wrong)
