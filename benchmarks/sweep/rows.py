"""Ten million rows, made by the database itself: files that are fine, each named by a row, and a few that are free."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection
from gallery.models import Page, Photo

from safelight.django.models import Blob, Reference
from safelight.keys import new_key

# 29 letters, as a key's own part has; they need no check code, because nothing is to happen to them.
_KEY = "'photos/' || translate(substr(md5(i::text), 1, 29), '0189', 'ghij') || '.jpg'"
_BATCH = 1_000_000


def make_fine(blobs: int) -> Iterator[int]:
    """Yields how many there are, batch by batch."""
    with connection.cursor() as cursor:
        for begin in range(0, blobs, _BATCH):
            numbers = f"generate_series({begin + 1}, {min(begin + _BATCH, blobs)}) AS i"
            cursor.execute(
                "INSERT INTO safelight_blob (key, storage, also_in, state, created, media_type, size, sha256, width,"
                " height, filename, policy, owner)"
                f" SELECT {_KEY}, 'default', '', 'ready', now() - i * interval '1 second', 'image/jpeg',"
                " 100000 + i, md5(i::text) || md5(i::text), 4000, 3000, 'IMG_' || i || '.jpg', 'photos', i % 100000"
                f" FROM {numbers}"
            )
            cursor.execute(f"INSERT INTO gallery_photo (id, image) SELECT i, {_KEY} FROM {numbers}")
            cursor.execute(
                "INSERT INTO safelight_reference (blob_id, holder, row, field, path)"
                f" SELECT {_KEY}, 'gallery.photo', i::text, 'image', '' FROM {numbers}"
            )
            yield min(begin + _BATCH, blobs)


def make_documents(documents: int) -> None:
    """Each of some 2 kB, with three names in it."""
    names = ", ".join(_KEY.replace("i::text", f"(3 * i + {number})::text") for number in range(3))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO gallery_page (body) SELECT jsonb_build_array({names}, repeat('A page has text. ', 110))"
            f" FROM generate_series(1, {documents}) AS i"
        )


def make_free(count: int, media: Path) -> list[str]:
    """Files that nothing has named for two days, with their bytes."""
    since = datetime.now(UTC) - timedelta(days=2)
    keys = [new_key("photos", "jpg", since) for _ in range(count)]
    Blob.objects.bulk_create(
        Blob(
            key=key,
            storage="default",
            state=Blob.State.READY,
            created=since,
            free_since=since,
            media_type="image/jpeg",
            size=1000,
            policy="photos",
        )
        for key in keys
    )
    for key in keys:
        path = media / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff" * 1000)
    return keys


def left(keys: Collection[str], media: Path) -> int:
    """How many of those files are still on the disk."""
    return sum((media / key).exists() for key in keys)


@contextmanager
def without_indexes() -> Iterator[None]:
    """To fill a table takes a fraction of the time; afterwards they are those of the migrations again."""
    indexes = [(model, index) for model in (Blob, Reference) for index in model._meta.indexes]
    with connection.schema_editor() as editor:
        for model, index in indexes:
            editor.remove_index(model, index)
    yield
    with connection.schema_editor() as editor:
        for model, index in indexes:
            editor.add_index(model, index)
    with connection.cursor() as cursor:
        for model in (Blob, Reference, Photo, Page):
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
