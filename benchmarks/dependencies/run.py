"""What Safelight brings along: the packages of each extra, their installed size, and the licences they declare.

    python3 dev.py bench dependencies

Each extra is installed by itself, from the lock, into a fresh environment that is deleted again. Sizes are those of the
files that a package lists as its own (its shared libraries among them, bytecode not): 1 MB = 1,000,000 bytes.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dev import uv  # noqa: E402

BARE = "(bare)"


class Package(NamedTuple):
    name: str
    version: str
    size: int
    licence: str


def main() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    found = {extra: installed(extra) for extra in (BARE, *extras)}
    print("| extra | packages | MB |\n| --- | --- | --- |")
    for extra, packages in found.items():
        print(f"| {extra} | {len(packages)} | {megabytes(sum(package.size for package in packages))} |")
    print("\n| package | version | comes with | MB | licence |\n| --- | --- | --- | --- | --- |")
    for package in sorted(set().union(*found.values()), key=lambda package: package.name.lower()):
        extras_of = [extra for extra, packages in found.items() if package in packages]
        comes_with = "everything" if BARE in extras_of else ", ".join(extras_of)
        size = megabytes(package.size)
        print(f"| {package.name} | {package.version} | {comes_with} | {size} | {package.licence} |")
    print(f"\n{platform.system()}, {platform.machine()}, Python {platform.python_version()}.")


def installed(extra: str) -> set[Package]:
    """What is there once Safelight with this extra, and nothing else, has been installed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [uv(), "sync", "--frozen", "--no-editable", "--no-python-downloads", "--quiet"]
        command += ["--python", sys.executable, *(() if extra == BARE else ("--extra", extra))]
        subprocess.run(command, cwd=ROOT, env=os.environ | {"UV_PROJECT_ENVIRONMENT": folder}, check=True)
        (packages,) = Path(folder).glob("lib/python*/site-packages")
        return {measured(found) for found in distributions(path=[str(packages)])}


def measured(found: Distribution) -> Package:
    sizes = (Path(found.locate_file(file)).stat().st_size for file in found.files or ())
    return Package(found.metadata["Name"], found.version, sum(sizes), licence(found.metadata))


def licence(metadata: PackageMetadata) -> str:
    """As the package says it itself: by expression (PEP 639), by classifier, or in words."""
    if expression := metadata.get("License-Expression"):
        return expression
    classifiers = [line.split(" :: ")[-1] for line in metadata.get_all("Classifier") or () if "License ::" in line]
    return ", ".join(classifiers) or re.split(r"[\n,]", metadata.get("License") or "not declared")[0]


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}" if size >= 50_000 else "<0.1"


if __name__ == "__main__":
    main()
