"""Azure's Blob Storage for the tests: Azurite, Microsoft's own emulator, on a free port, in a temporary folder."""

import base64
import hmac
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError

import dev
import pytest

ACCOUNT = "devstoreaccount1"
KEY = base64.b64encode(b"a key of the tests, as long as Azure's own keys are: 64 bytes..!").decode()
CREDENTIALS = {"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY}
"""Environment variables."""
_STAMP = Path(__file__).with_name("azurite") / "node_modules" / ".installed"
_VERSION = "2021-12-02"


@dataclass(frozen=True)
class Azurite:
    endpoint: str

    def url(self, container: str, prefix: str = "", **options: str) -> str:
        """The storage URL of a container, which is made if it is not there."""
        self._create(container)
        rest = "".join(f"&{name}={value}" for name, value in options.items())
        return f"az://{container}/{prefix}?endpoint={self.endpoint}{rest}"

    def _create(self, container: str) -> None:
        """By a request signed with the shared key, as Azure documents it."""
        date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = {"x-ms-date": date, "x-ms-version": _VERSION}
        canonical = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
        resource = f"/{ACCOUNT}/{ACCOUNT}/{container}\nrestype:container"
        text = "PUT" + "\n" * 12 + canonical + resource
        signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), "sha256")).decode()
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{signature}"
        url = f"{self.endpoint}/{container}?restype=container"
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers)).close()
        except HTTPError as error:
            error.close()
            if error.code != 409:
                raise


@contextmanager
def azurite() -> Iterator[Azurite]:
    """Needs the packages of tests/services/azurite, which `dev.py test` installs."""
    if not _STAMP.exists():
        pytest.skip("Azurite is not installed: python3 dev.py test installs it")
    folder = Path(tempfile.mkdtemp(prefix="safelight-azurite-"))
    command = [
        *map(str, dev.azurite_command()),
        "--blobPort",
        "0",
        "--location",
        str(folder),
        "--silent",
        "--disableTelemetry",
    ]
    environment = os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=sys.stderr, text=True, env=environment, start_new_session=True
    )
    try:
        assert server.stdout is not None
        with server.stdout:
            found = next(filter(None, (re.search(r"listens on (http://\S+)", line) for line in server.stdout)))
            yield Azurite(f"{found[1]}/{ACCOUNT}")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        shutil.rmtree(folder)
