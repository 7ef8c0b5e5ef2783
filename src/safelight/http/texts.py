"""The texts that Safelight's scripts show and read out: English, for an adapter to translate. `frontend/src/texts.ts`
reads the same file."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

_GROUPS: Final[dict[str, dict[str, str]]] = json.loads(files(__package__).joinpath("texts.json").read_text("utf-8"))

TEXTS: Final = {name: text for group in _GROUPS.values() for name, text in group.items()}
"""By name; what stands in braces the scripts put in."""
