"""Django's uploaded files as uploads, and checked uploads as Django's uploaded files."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import BinaryIO, cast
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile

from safelight.errors import Refusal
from safelight.pipeline import Checked
from safelight.policy import Policy
from safelight.upload import Upload, clean_filename

from .attempt import check
from .language import said_later


class CheckedFile(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs alone
    """A verified upload, whose content is the sanitised bytes: any FileField can store it, an UploadField stores it
    without looking again. Its name is made from what the bytes are; the client's name is ``checked.filename``."""

    def __init__(self, checked: Checked, stem: str = "") -> None:
        inspection = checked.inspection
        super().__init__(
            file=cast(BinaryIO, checked.open()),
            name=f"{stem or uuid4()}.{inspection.extension}",
            content_type=inspection.media_type,
            size=inspection.size,
        )
        self.checked = checked

    def close(self) -> None:
        super().close()
        self.checked.close()


class SpooledFile(UploadedFile):  # type: ignore[type-arg]
    """A file out of a JSON or form body, received into a nameless temporary file and not verified yet. When a field has
    verified it, it holds what would be stored."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(
            file=upload.content, name=upload.filename or "file", content_type=upload.media_type, size=upload.size
        )
        self.seek(0)
        self.upload = upload


def check_file(file: File[bytes], policy: Policy, filename: str = "") -> CheckedFile:
    """Raises a `Refusal`. What was checked already is not checked again. `filename` takes the place of the file's."""
    if isinstance(file, CheckedFile):
        if filename and filename != file.name:
            return CheckedFile(replace(file.checked, filename=clean_filename(filename)))
        return file
    if isinstance(file, SpooledFile):
        checked = check(replace(file.upload, filename=filename or file.upload.filename), policy)
        file.size = file.upload.content.seek(0, io.SEEK_END)
        file.seek(0)
        return CheckedFile(checked)
    if file.seekable():
        file.seek(0)
    upload = Upload(
        content=cast(BinaryIO, file),
        filename=filename or file.name or "",
        media_type=getattr(file, "content_type", None) or "",
        size=file.size,
    )
    return CheckedFile(check(upload, policy))


def as_validation_error(refusal: Refusal) -> ValidationError:
    return ValidationError(said_later(refusal.detail), code=refusal.code)
