"""Content of any size, which takes no memory and is nowhere like itself."""

import io

_PATTERN = bytes(range(251))  # of a prime length, so that no two parts are the same


class Noise(io.RawIOBase):
    """`size` bytes, made as they are read. `fails_at`: where the source breaks off."""

    def __init__(self, size: int, fails_at: int | None = None) -> None:
        super().__init__()
        self.left, self.given, self.fails_at = size, 0, fails_at

    def readable(self) -> bool:
        return True

    def readinto(self, target) -> int:
        if self.fails_at is not None and self.given >= self.fails_at:
            raise ConnectionError("the source failed")
        count = min(self.left, len(target), 1 << 18)
        start = self.given % len(_PATTERN)
        target[:count] = (_PATTERN * (count // len(_PATTERN) + 2))[start : start + count]
        self.left -= count
        self.given += count
        return count
