"""A move between real storages: from the disk to S3, from there to Cloudinary, and back to the disk."""

import hashlib
import io

from tests.pictures import png

from safelight.blob import Blob
from safelight.ledger import MemoryLedger
from safelight.move import move
from safelight.storage import DiskStorage, from_url
from safelight.storage.objects import AT_ONCE
from safelight.testing.expect import fresh_key
from safelight.variants import THUMBNAIL


def test_around_the_world(tmp_path, s3, cloudinary_server):
    storages = {
        "disk": DiskStorage(tmp_path / "media"),
        "s3": from_url(s3.url("safelight-moves")),
        "cloudinary": from_url(cloudinary_server.url(prefix="moves")),
    }
    ledger, files = MemoryLedger(), {}
    for extension, data in (("png", png(30, 40)), ("bin", bytes(range(256)) * (AT_ONCE // 256 + 20))):
        key = fresh_key().replace(".bin", f".{extension}")
        ledger.intend(key, "disk")
        files[key] = data
        if extension == "png":
            files[THUMBNAIL.key(key)] = b"RIFF\0\0\0\0WEBPVP8 "
        size = len(files[THUMBNAIL.key(key)]) if extension == "png" else None
        sha256 = hashlib.sha256(data).hexdigest()
        ledger.ready(Blob(key, "disk", "image/png", len(data), sha256, thumbnail_size=size))
    for name, data in files.items():
        storages["disk"].save(name, io.BytesIO(data))

    for source, target in (("disk", "s3"), ("s3", "cloudinary"), ("cloudinary", "disk")):
        assert move(ledger, storages, source, target).failures == []
        done = move(ledger, storages, source, target, delete=True)
        assert (done.left, done.behind, done.deleted, done.failures) == (0, 0, 2, [])
        for name, data in files.items():
            assert not storages[source].exists(name)
            with storages[target].open(name) as content:
                assert content.read() == data
