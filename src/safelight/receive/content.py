"""What a scanner reads and a storage stores: a checked file from its first byte to its last."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

from .. import nameless

# Another file system; a name that is gone; none that could be given; too many of them; no links at all.
_CANNOT = {errno.EXDEV, errno.ENOENT, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP}


class Content(io.RawIOBase):
    """The `size` bytes of a nameless file, with a position of its own. The file stays its owner's to close."""

    def __init__(self, file: io.RawIOBase, size: int) -> None:
        super().__init__()
        self._file = file
        self.size = size
        self._position = 0
        self._taken = 0

    @property
    def taken(self) -> bool:
        """Whether all bytes were read or linked: a storage that calls half a file stored must not be believed."""
        return self._taken >= self.size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if origin + offset < 0:
            raise ValueError("seek before the start")
        self._position = origin + offset
        return self._position

    def readinto(self, target: memoryview | bytearray, /) -> int:  # type: ignore[override]
        count = os.preadv(self._file.fileno(), [target], self._position)
        self._advance(count)
        return count

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self.readall()
        data = os.pread(self._file.fileno(), size, self._position)
        self._advance(len(data))
        return data

    def link_to(self, target: Path, mode: int, /) -> bool:
        """See `safelight.protocols.Linkable`."""
        try:
            nameless.link(self._file.fileno(), target, mode)
        except OSError as error:
            if error.errno in _CANNOT:
                return False
            raise
        self._taken = self.size
        return True

    def _advance(self, count: int) -> None:
        if self._position <= self._taken:
            self._taken = max(self._taken, self._position + count)
        self._position += count
