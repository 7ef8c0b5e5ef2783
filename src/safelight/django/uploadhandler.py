"""Files of multipart bodies, straight into temporary files that have no name: nothing is left if we are
killed.

``FILE_UPLOAD_HANDLERS = ["safelight.django.uploadhandler.SpoolUploadHandler"]`` uses it wherever Django reads the
body. Our MultiPartParser for DRF reads it itself; only what has no policy goes through the request's upload handlers.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers

from safelight.receive import CHUNK, Spool, Upload
from safelight.receive.part import Part

from .files import SpooledFile


class SpoolUploadHandler(FileUploadHandler):
    """Takes the files of all fields, as large as the server lets them be: their policies are asked by the form."""

    chunk_size = 1 << 20

    _spool: Spool | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._spool = Spool(sys.maxsize)
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self._spool is None:
            return raw_data
        self._spool.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> SpooledFile | None:
        if self._spool is None:
            return None
        spool, self._spool = self._spool, None
        return SpooledFile(Upload(cast(BinaryIO, spool), self.file_name or "", self.content_type or "", spool.size))

    def upload_interrupted(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of a file that did not come to its end."""
        if self._spool is not None:
            self._spool.close()


class HandledFile:
    """Receives a file of a form by the upload handlers of the request, as Django's own parser drives them."""

    def __init__(self, handlers: Sequence[FileUploadHandler], part: Part) -> None:
        self._handlers = handlers
        self._received = [0] * len(handlers)
        self._step = min([CHUNK, *(handler.chunk_size for handler in handlers if handler.chunk_size)])
        self._skipped = False
        extra = {name: value.encode() for name, value in part.parameters.items()}
        charset = cast("str | None", extra.get("charset"))  # Django gives it in bytes
        try:
            for handler in handlers:
                handler.new_file(part.name or "", part.filename, part.media_type, None, charset, cast(Any, extra))
        except StopFutureHandlers:
            pass
        except SkipFile:
            self._skipped = True
        except BaseException:
            self.close()
            raise

    def write(self, data: bytes | memoryview, /) -> None:
        try:
            for at in range(0, 0 if self._skipped else len(data), self._step):
                self._pass_on(bytes(data[at : at + self._step]))
        except SkipFile:
            self._skipped = True

    def finish(self) -> Any:
        if self._skipped:
            return None
        files = (handler.file_complete(count) for handler, count in zip(self._handlers, self._received, strict=True))
        return next((file for file in files if file), None)

    def close(self) -> None:
        for handler in self._handlers:
            handler.upload_interrupted()

    def _pass_on(self, data: bytes | None) -> None:
        for index, handler in enumerate(self._handlers):
            if data is None:
                return
            count = len(data)
            data = handler.receive_data_chunk(data, self._received[index])
            self._received[index] += count
