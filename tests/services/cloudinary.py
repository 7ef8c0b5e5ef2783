"""A local Cloudinary for the tests, in a process of its own: see cloudinary_server.py."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CLOUD, KEY, SECRET = "demo", "1234", "abcd"


@dataclass(frozen=True)
class LocalCloudinary:
    address: str
    """Host and port."""

    def url(self, secret: str = SECRET, **options: str) -> str:
        """A storage URL."""
        rest = "".join(f"&{name}={value}" for name, value in options.items())
        return f"cloudinary://{KEY}:{secret}@{CLOUD}?upload_prefix=http://{self.address}&cname={self.address}{rest}"


@contextmanager
def local_cloudinary() -> Iterator[LocalCloudinary]:
    script = Path(__file__).with_name("cloudinary_server.py")
    command = [sys.executable, "-P", str(script), CLOUD, KEY, SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield LocalCloudinary(f"127.0.0.1:{server.stdout.readline().strip()}")
        finally:
            server.kill()
