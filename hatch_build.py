"""Makes the front end's static files part of every wheel and source distribution. Whoever installs one of these needs
no Node; whoever makes one needs it, or has it installed for the build alone."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface):
    def dependencies(self) -> list[str]:
        builder = self._builder()
        return [] if builder is None or builder["system_node"]() else [builder["NODE_PACKAGE"]]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        builder = self._builder()
        if builder is not None and version != "editable":
            builder["build"]()

    def _builder(self) -> dict[str, Any] | None:
        """frontend/build.py. A source distribution holds what was built in its place, and a checkout that is installed
        for development (an editable install) is built by `dev.py` when it changes."""
        script = Path(self.root, "frontend", "build.py")
        return runpy.run_path(str(script)) if script.exists() else None
