"""A real S3 for the tests: OpenStack Swift's, on a free port, in a temporary folder, gone afterwards.

Or any other (Ceph's, MinIO's) that the variables SAFELIGHT_TEST_S3, ..._KEY and ..._SECRET name, to see whether it does
what Safelight needs.
"""

import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError

import dev
import pytest

from safelight.storage.sigv4 import Credentials, presigned

KEY = os.environ.get("SAFELIGHT_TEST_S3_KEY", "test:tester")
SECRET = os.environ.get("SAFELIGHT_TEST_S3_SECRET", "testing")
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
"""Environment variables."""


@dataclass(frozen=True)
class Swift:
    endpoint: str
    version: str = "an S3 of one's own"

    def url(self, bucket: str, prefix: str = "", **options: str) -> str:
        """The storage URL of a bucket, which is made if it is not there."""
        assert self.request("PUT", bucket)[0] in (200, 409)
        rest = "".join(f"&{name}={value}" for name, value in options.items())
        return f"s3://{bucket}/{prefix}?endpoint={self.endpoint}&region={REGION}{rest}"

    def request(self, method: str, path: str, body: bytes | None = None, **query: str) -> tuple[int, str]:
        """Status and body of a signed request."""
        url = presigned(
            method,
            f"{self.endpoint}/{path}",
            Credentials(KEY, SECRET),
            region=REGION,
            at=datetime.now(UTC),
            seconds=60,
            query=query,
        )
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, method=method)) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()


@contextmanager
def swift() -> Iterator[Swift]:
    """Needs the packages of the group "swift", which `dev.py test` installs."""
    if other := os.environ.get("SAFELIGHT_TEST_S3"):
        yield Swift(other.rstrip("/"))
        return
    try:
        python = dev.environment("swift", *dev.SWIFT_NEEDS)
    except SystemExit:
        pytest.skip("OpenStack Swift cannot be installed from PyPI")
    folder = Path(tempfile.mkdtemp(prefix="safelight-swift-"))
    command = (python, "-P", "-W", "ignore", Path(__file__).with_name("swift_server.py"), folder, KEY, SECRET, REGION)
    try:
        with (
            (folder / "log.txt").open("w") as log,
            subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=log, text=True) as server,
        ):
            assert server.stdout is not None
            try:
                version, _, port = server.stdout.readline().strip().rpartition(" ")  # printed when it answers
                assert port, (folder / "log.txt").read_text()
                yield Swift(f"http://127.0.0.1:{port}", version)
            finally:
                server.kill()
    finally:
        shutil.rmtree(folder)
