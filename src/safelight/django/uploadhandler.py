"""Files of multipart bodies, straight into temporary files that have no name: nothing is left if we are killed, and a
file that is larger than its policy allows is refused while it comes in, not after.

``FILE_UPLOAD_HANDLERS = ["safelight.django.uploadhandler.SpoolUploadHandler"]`` uses it everywhere; our MultiPartParser
for DRF brings its own, which knows the policies of the view.
"""

from __future__ import annotations

import sys
from typing import Any, BinaryIO, cast

from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers

from safelight.errors import Refusal
from safelight.receive import Spool, Upload
from safelight.receive.body import Policies, policy_of_field

from .files import SpooledFile


class SpoolUploadHandler(FileUploadHandler):
    """`policies`, by the name of the form field, bound the files; without any, files of all fields are taken and as
    large as the server lets them be."""

    chunk_size = 1 << 20

    def __init__(self, request: Any = None, policies: Policies | None = None) -> None:
        super().__init__(request)
        self._policies = policies
        self._spool: Spool | None = None

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        self._spool = None
        policy = policy_of_field(self._policies or {}, field_name)
        if policy or self._policies is None:
            self._spool = Spool(policy.max_bytes if policy else sys.maxsize)
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self._spool is None:
            return raw_data
        try:
            self._spool.write(raw_data)
        except Refusal as refusal:
            refusal.path = (self.field_name or "",)
            raise
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
