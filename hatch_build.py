"""Makes what is built part of every wheel and source distribution: the front end's static files, and the catalogues
that Django reads. Whoever installs one of these needs neither Node nor Babel; whoever makes one needs them, or has them
installed for the build alone."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuiltFiles(BuildHookInterface):
    def dependencies(self) -> list[str]:
        frontend, translations = self._builder("frontend"), self._builder("translations")
        needs = [] if frontend is None or frontend["system_node"]() else [frontend["NODE_PACKAGE"]]
        return needs if translations is None else [*needs, translations["BABEL_PACKAGE"]]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """A checkout that is installed for development (an editable install) gets its front end from `dev.py`, whenever
        it changes."""
        if translations := self._builder("translations"):
            translations["build"]()
        if version != "editable" and (frontend := self._builder("frontend")):
            frontend["build"]()

    def _builder(self, folder: str) -> dict[str, Any] | None:
        """Its build.py; a source distribution holds what was built in its place."""
        script = Path(self.root, folder, "build.py")
        return runpy.run_path(str(script)) if script.exists() else None
