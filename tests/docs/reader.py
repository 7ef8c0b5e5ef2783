"""Somebody who reads a page and does what it says: writes its files, runs its commands, compares what they print."""

import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import httpx
from tests.docs.pages import sections

ADDRESS = "http://127.0.0.1:8000"
_FILE = re.compile(r"(?:# |<!-- )(?P<path>[\w/]+\.\w+)(?P<end>, at the end)?(?: -->)?\n(?P<text>.*)", re.DOTALL)
_INSTALL = re.compile(r"^pip install", re.MULTILINE)  # what the tests run in has it all
_UNINSTALL = re.compile(r"^pip uninstall --yes (\S+)\n", re.MULTILINE)
_HIDE = """import sys
from importlib.machinery import PathFinder


class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name == {module!r} else super().find_spec(name, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
"""
_SERVERS = {  # on a port that is free, whatever the page says
    "python manage.py runserver\n": (
        ["manage.py", "runserver", "--noreload", "127.0.0.1:0"],
        r"development server at (http://\S+?)/",
    ),
    "flask --app profiles run\n": (
        ["-m", "flask", "--app", "profiles", "run", "--port", "0"],
        r"Running on (http://\S+)",
    ),
}
_REFUSAL = "CommandError: "  # in what a page says is printed
_ADDRESSES = re.compile(r"http://127\.0\.0\.1:(?:8000|5000)\b")  # where Django's server and Flask's would be
_DEADLINE = 60


class Reader:
    """``with Reader(folder) as reader: for section in reader.follow(page): ...``; its server runs until the end.

    A block of Python or HTML that begins with the name of a file is written to it (or behind it, "at the end"), a block
    of shell commands is run, and a block of text after it is what it printed, but for ``…``, which stands for anything.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ADDRESS
        self._server: subprocess.Popen[bytes] | None = None
        self._environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # what the tests run in has more of them than a reader
            "PYTEST_PLUGINS": "pytest_django.plugin",
        }

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()

    def follow(self, page: Path) -> Iterator[str]:
        """Yields each heading before its blocks are followed: time to do what its prose says."""
        for title, blocks in sections(page):
            yield title
            printed = ""
            for block, following in zip_longest(blocks, blocks[1:]):
                text = _ADDRESSES.sub(self.address, block.text)
                match block.language:
                    case "python" | "html":
                        self.write(text)
                    case "sh":
                        printed = self._do(text, is_refused=following is not None and _REFUSAL in following.text)
                    case "text":
                        assert_printed(printed, text)
                    case "nginx" | "sql":
                        pass  # for another program
                    case "tsx":
                        pass  # tests/e2e/npm compiles it
                    case other:
                        raise AssertionError(f"what is one to do with {other!r}?")

    def start(self, project: str, app: str, settings: str) -> None:
        """A fresh project with one app, for a page that does not say how to make one."""
        self.run(f"django-admin startproject {project} . && python manage.py startapp {app}")
        self.write(f"# {project}/settings.py, at the end\n{settings}")

    def run(self, commands: str, *, is_refused: bool = False) -> str:
        """What they print; where the last of them exits with 1 to say that something is left to do, that as well."""
        options = {"cwd": self.folder, "env": self._environment, "capture_output": True, "text": True}
        done = subprocess.run(["sh", "-ec", commands], timeout=_DEADLINE, check=False, **options)  # type: ignore[call-overload]
        assert done.returncode == is_refused, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout + (done.stderr if is_refused else "")

    def uninstall(self, package: str) -> None:
        """What the tests run in keeps it; the reader's Python does not find it any more."""
        folder = self.folder / "uninstalled"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(_HIDE.format(module=package.replace("-", "_")))
        self._environment["PYTHONPATH"] = str(folder)

    def shell(self, script: str) -> str:
        """What a script in Django's shell prints."""
        (self.folder / "script.py").write_text(textwrap.dedent(script))
        return self.run("python manage.py shell -v 0 < script.py")

    def client(self) -> httpx.Client:
        """A browser, as far as forms go."""
        return httpx.Client(base_url=self.address, trust_env=False, timeout=_DEADLINE, follow_redirects=True)

    def write(self, text: str) -> None:
        found = _FILE.match(text)
        assert found, f"where does this go?\n{text}"
        path = self.folder / found["path"]
        path.write_text(path.read_text() + found["text"] if found["end"] else found["text"])

    def serve(self, what: str = "python manage.py runserver\n") -> None:
        arguments, tells = _SERVERS[what]
        command = [sys.executable, "-u", *arguments]
        log = self.folder / "server.log"
        with log.open("wb") as output:
            self._server = subprocess.Popen(
                command, cwd=self.folder, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + _DEADLINE
        while time.monotonic() < deadline and self._server.poll() is None:
            if found := re.search(tells, log.read_text()):
                self.address = found[1]
                return
            time.sleep(0.05)
        raise AssertionError(f"the server does not start:\n{log.read_text()}")

    def _do(self, commands: str, *, is_refused: bool) -> str:
        if _INSTALL.search(commands):
            return ""
        if commands in _SERVERS:
            self.serve(commands)
            return ""
        for package in _UNINSTALL.findall(commands):
            self.uninstall(package)
        return self.run(_UNINSTALL.sub("", commands), is_refused=is_refused)


def assert_printed(printed: str, expected: str) -> None:
    """``…`` stands for anything, several lines as well."""
    pattern = re.escape(expected.strip()).replace("…", ".*")
    assert re.fullmatch(pattern, printed.strip(), re.DOTALL), f"it printed:\n{printed}\nthe page says:\n{expected}"
