"""The example behind an ASGI server, where Django writes the body to a file of its own before any view runs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dev
import httpx
import pytest
from tests.e2e.checks import CREATE
from tests.e2e.test_streaming import MB, body_of, padded


@pytest.mark.parametrize("kind", ["json", "form", "multipart"])
def test_memory_does_not_follow_the_body(prepared: Path, tmp_path: Path, kind: str) -> None:
    data = shutil.copytree(prepared, tmp_path / "data")
    environment = {"PATH": os.environ["PATH"]} | {
        "SAFELIGHT_DATA": str(data),
        "SAFELIGHT_MAX_BYTES": str(300 * MB),
        "TMPDIR": str(tmp_path),
    }
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "--port",
        "0",
        "--app-dir",
        str(dev.EXAMPLE),
        "recognizer.asgi:application",
    ]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        url = wait_for_url(log)
        post(url, kind, padded(2 * MB))
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")
        before = memory(process.pid, "VmRSS")
        picture = padded(120 * MB)
        key = post(url, kind, picture).json()["image"].partition("/media/")[2]
        assert (data / "media" / key).stat().st_size == len(picture)
        assert memory(process.pid, "VmHWM") - before < 16 * MB
        served = 0
        with httpx.stream("GET", f"{url}/media/{key}", timeout=120) as response:
            for chunk in response.iter_bytes():
                served += len(chunk)
        assert served == len(picture)
        assert memory(process.pid, "VmHWM") - before < 16 * MB
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
    assert "Traceback" not in log.read_text()
    assert not list(tmp_path.glob("tmp*"))


def post(url: str, kind: str, data: bytes) -> httpx.Response:
    content_type, body = body_of(kind, data)
    response = httpx.post(url + CREATE, content=body, headers={"Content-Type": content_type}, timeout=120)
    assert response.status_code == 201, (str(response.request.url), response.text)
    return response


def wait_for_url(log: Path) -> str:
    for _ in range(300):
        if match := re.search(r"http://127\.0\.0\.1:[1-9]\d*", log.read_text()):
            return match[0]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def memory(pid: int, name: str) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().split(f"{name}:")[1].split()[0]) * 1024
