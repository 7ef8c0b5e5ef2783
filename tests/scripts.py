"""Scripts as a browser loads them: what one needs before it runs, and how much that may be."""

import re
from pathlib import Path

IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["']([^"']+\.js)["']""")
FIRST_LOAD = 175_000  # bytes, compressed
UPLOADER = 60_000


def imports(script: Path) -> set[Path]:
    """What it needs before it runs, and whatever that needs."""
    found: set[Path] = set()
    fresh = {script}
    while fresh:
        found |= fresh
        names = {(path.parent / name).resolve() for path in fresh for name in IMPORT.findall(path.read_text())}
        fresh = names - found
    return found
