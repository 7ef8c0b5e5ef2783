"""What axe-core, which knows the rules of accessible pages (WCAG 2.2), finds on one."""

from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page, exclude: tuple[str, ...] = (), include: tuple[str, ...] = ()) -> list[str]:
    """One line for each fault; `exclude` names, by selector, what is not ours to mend; `include` what alone is."""
    page.evaluate(SOURCE.read_text())  # as a debugger would: the page's own policy forbids what is not its own
    context = {"exclude": [[selector] for selector in exclude]}
    if include:
        context["include"] = [[selector] for selector in include]
    found = page.evaluate("(context) => axe.run(context)", context)["violations"]
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]
