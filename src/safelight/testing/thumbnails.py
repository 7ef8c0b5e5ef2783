"""What a ledger whose pictures get their thumbnails later keeps to: `safelight.protocols.Thumbnailing`."""

from __future__ import annotations

from typing import Protocol
from uuid import uuid4

from ..blob import Blob
from ..deleting import delete_unused
from ..protocols import Movable, Sweepable, Thumbnailing
from ..storage import MemoryStorage
from .expect import fresh_key


class ThumbnailingAndMovable(Thumbnailing, Movable, Sweepable, Protocol):
    """Pictures are moved and swept while their thumbnails are made."""


class ThumbnailConformance:
    """Override `make_ledger`."""

    def make_ledger(self) -> ThumbnailingAndMovable:
        raise NotImplementedError

    def setup_method(self) -> None:
        self.policy = f"pictures-{uuid4().hex[:12]}"

    setUp = setup_method  # as unittest calls it

    def test_the_pictures_of_some_policies_are_found_by_their_keys(self) -> None:
        ledger, another = self.make_ledger(), f"{self.policy}-other"
        keys, other = sorted(self.stored(ledger) for _ in range(3)), self.stored(ledger, policy=another)
        assert self.found(ledger) == keys
        first = ledger.without_thumbnail([self.policy], limit=2)
        assert list(first) == [ledger.get(key) for key in keys[:2]]
        assert [blob.key for blob in ledger.without_thumbnail([self.policy], limit=2, after=keys[1])] == keys[2:]
        assert self.found(ledger, another, self.policy, "nobody") == sorted([*keys, other])
        assert self.found(ledger, "nobody") == []

    def test_what_has_one_or_can_have_none_is_not_found(self) -> None:
        ledger = self.make_ledger()
        self.stored(ledger, thumbnail_size=7)
        self.stored(ledger, width=None, height=None)
        key, other = self.stored(ledger), self.stored(ledger)
        assert ledger.note_thumbnail(key, "a", 7)
        assert (ledger.get(key).thumbnail_size, ledger.get(other).thumbnail_size) == (7, None)
        assert self.found(ledger) == [other]

    def test_none_is_noted_of_what_is_gone_or_not_there_yet(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        assert delete_unused(ledger, {"a": MemoryStorage()}, [key], look=lambda keys: ()) == {key}
        ledger.intend(intent := fresh_key(), "a")
        for unknown in (key, intent, fresh_key()):
            assert not ledger.note_thumbnail(unknown, "a", 7)
        assert self.found(ledger) == []
        ledger.forget(intent)

    def test_none_is_noted_on_the_move(self) -> None:
        """It would be recorded where its picture is not, or where it is and the thumbnail is not."""
        ledger = self.make_ledger()
        key = self.stored(ledger)
        assert not ledger.note_thumbnail(key, "b", 7)
        assert ledger.copying(key, "a", "b")
        self.assert_left_alone(ledger, key)
        assert ledger.moved(key, "a", "b")
        self.assert_left_alone(ledger, key)
        ledger.tidied(key, "a")
        assert self.found(ledger) == [key]
        assert not ledger.note_thumbnail(key, "a", 7)
        assert ledger.note_thumbnail(key, "b", 7)

    def assert_left_alone(self, ledger: ThumbnailingAndMovable, key: str) -> None:
        assert self.found(ledger) == []
        assert not any([ledger.note_thumbnail(key, storage, 7) for storage in ("a", "b")])  # noqa: C419  # each
        assert ledger.get(key).thumbnail_size is None

    def found(self, ledger: Thumbnailing, *policies: str) -> list[str]:
        names = policies or [self.policy]
        keys = [blob.key for blob in ledger.without_thumbnail(names, limit=100)]
        assert ledger.count_without_thumbnail(names) == len(keys)
        return keys

    def stored(
        self,
        ledger: ThumbnailingAndMovable,
        *,
        policy: str = "",
        width: int | None = 4,
        height: int | None = 3,
        thumbnail_size: int | None = None,
    ) -> str:
        """The key of a blob in the storage "a", which is ready."""
        key = fresh_key()
        ledger.intend(key, "a")
        facts = {"width": width, "height": height, "policy": policy or self.policy, "thumbnail_size": thumbnail_size}
        ledger.ready(Blob(key, "a", "image/png", 7, "ab" * 32, **facts))  # type: ignore[arg-type]
        return key
