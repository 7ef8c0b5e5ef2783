"""The page, as Vite has built it: one document, and assets whose names change with what is in them."""

from flask import Blueprint, Response, send_from_directory

from .settings import BASE

DIST = BASE / "page" / "dist"
_YEAR = 365 * 24 * 60 * 60


def blueprint() -> Blueprint:
    page = Blueprint("page", __name__)

    @page.get("/")
    def index() -> Response:
        if not (DIST / "index.html").exists():
            return Response("The API is here; its page has not been built.\n", mimetype="text/plain")
        return send_from_directory(DIST, "index.html", max_age=0)

    @page.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        return send_from_directory(DIST / "assets", name, max_age=_YEAR)

    @page.get("/<name>.<any(ico, svg, png):kind>")
    def icon(name: str, kind: str) -> Response:
        return send_from_directory(DIST, f"{name}.{kind}", max_age=0)

    return page
