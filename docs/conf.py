"""How the documentation is built: ``python3 dev.py docs``. It needs no network, and a warning is an error."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings

import safelight

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

# The adapters are imported for their docstrings, and their models want settings.
APPS = ["admin", "auth", "contenttypes"]
settings.configure(INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS), "safelight.django"])
django.setup()

project = "Safelight"
version = release = safelight.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "docstrings", "tables"]
exclude_patterns = ["extensions", "theme"]
default_role = "py:obj"  # a name in single backticks; see extensions/docstrings.py
nitpicky = True
nitpick_ignore_regex = [
    # Other people's names: their pages would have to be fetched.
    (
        r"py:.*",
        r"(collections|contextlib|datetime|pathlib|os|django|rest_framework|flask|werkzeug|sqlalchemy)\..*|File|Session|sessionmaker",
    ),
    (
        r"py:.*",
        r"safelight\.(receive\.(spool\.Spool|content\.Content)|django\.jsonform\.handler\.FileHandler|idempotency\.T)|AnySession|AsyncSessions",
    ),  # ours, but not for others to use
]
suppress_warnings = ["misc.highlighting_failure"]  # of nginx's language little is known; Python a test compiles

smartquotes = False
highlight_language = "none"

myst_heading_anchors = 3  # as a code host makes them, so that a link works in both places

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"Safelight {version}"
html_static_path = ["theme"]
html_css_files = ["safelight.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {
        "color-background-primary": "#faf9f7",
        "color-background-secondary": "#f3f0ec",
        "color-background-border": "#d6d0c9",
        "color-foreground-primary": "#1c1917",
        "color-foreground-secondary": "#57504a",
        "color-foreground-muted": "#6b625b",
        "color-foreground-border": "#a49b92",
        "color-brand-primary": "#a3320b",
        "color-brand-content": "#a3320b",
        "color-brand-visited": "#7a2a10",
        "color-api-name": "#a3320b",
        "color-api-pre-name": "#6b625b",
    },
    "dark_css_variables": {
        "color-background-primary": "#171412",
        "color-background-secondary": "#1d1916",
        "color-background-border": "#47403a",
        "color-foreground-primary": "#f3efea",
        "color-foreground-secondary": "#cbc3bc",
        "color-foreground-muted": "#a8a09a",
        "color-foreground-border": "#6b625b",
        "color-brand-primary": "#ff8a5c",
        "color-brand-content": "#ff8a5c",
        "color-brand-visited": "#e8a184",
        "color-api-name": "#ff8a5c",
        "color-api-pre-name": "#a8a09a",
    },
    "top_of_page_buttons": [],
}
