"""A real server for the JSON form alone: pages with the widget's markup among Django admin's own, under a strict
Content-Security-Policy, and a file handler that answers as the contract says, late or not at all if a test wants it."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import django

import safelight

POLICY = "default-src 'self'; img-src 'self' data: blob:"
TOKEN = "a-csrf-token"
STATIC = {
    "/static/safelight/": Path(safelight.__file__).parent / "django" / "static" / "safelight",
    "/static/admin/": Path(django.__file__).parent / "contrib" / "admin" / "static" / "admin",
}
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
PER_PAGE = 12


@dataclass
class StoredFile:
    name: str
    content: bytes
    media_type: str


@dataclass
class Sent:
    """A request to the file handler."""

    method: str
    fields: dict[str, list[str]]
    filename: str = ""
    names: list[str] = field(default_factory=list)
    """Of the multipart form's fields, in their order."""


class FormServer:
    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.files: dict[str, StoredFile] = {}
        self.used: dict[str, list[str]] = {}
        self.sent: list[Sent] = []
        self.saved: list[dict[str, list[str]]] = []
        self.answers: list[tuple[int, str]] = []
        """Answers to the next uploads, in place of the proper ones."""
        self.is_plain = False
        """Answers with no more than the view in django-jsonform's guide does."""
        self._open = threading.Event()
        self._open.set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> FormServer:
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Uploads arrive, and are not answered before the end."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def page(self, schema: dict, document: object = None, **config: object) -> str:
        """Makes a page with one document, and returns its path."""
        return self.page_with(field_markup("body", document, {"schema": schema, **config}))

    def page_with(self, fields: str) -> str:
        path = f"/admin/{len(self.pages) + 1}/change/"
        self.pages[path] = PAGE.format(fields=fields, token=TOKEN)
        return path

    def store(self, name: str, content: bytes, media_type: str = "image/png") -> str:
        value = f"pages/2026/11/20/{len(self.files) + 1:04}{Path(name).suffix}"
        self.files[value] = StoredFile(name, content, media_type)
        return value

    def uploads(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.method == "POST"]

    def deletions(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.method == "DELETE"]

    @property
    def document(self) -> object:
        """As it was saved last."""
        return json.loads(self.saved[-1]["body"][0])

    def answer_upload(self, sent: Sent, content: bytes, media_type: str) -> tuple[int, str]:
        self.sent.append(sent)
        self._open.wait(timeout=60)
        if self.answers:
            return self.answers.pop(0)
        if content.startswith(b"<html"):
            return 415, json.dumps(
                {"code": "type_not_allowed", "detail": "This is an HTML page; accepted: JPEG and PNG."}
            )
        value = self.store(sent.filename, content, media_type)
        facts = {} if self.is_plain else self._facts(value)
        return 201, json.dumps({"value": value, **facts})

    def answer_list(self, sent: Sent) -> tuple[int, str]:
        self.sent.append(sent)
        if "query" in sent.fields:
            words = sent.fields["query"][0].lower()
            countries = [{"title": name, "value": code} for name, code in COUNTRIES if words in name.lower()]
            return 200, json.dumps({"results": countries})
        query = sent.fields.get("q", [""])[0].lower()
        found = [value for value in reversed(self.files) if query in self.files[value].name.lower()]
        first = (
            int(sent.fields["cursor"][0]) if "cursor" in sent.fields else PER_PAGE * (int(sent.fields["page"][0]) - 1)
        )
        shown = found[first : first + PER_PAGE]
        results = [{"value": value, **self._facts(value)} for value in shown]
        if self.is_plain:
            return 200, json.dumps({"results": results})
        after = first + PER_PAGE
        return 200, json.dumps({"results": results, "has_more": after < len(found), "cursor": str(after)})

    def answer_delete(self, sent: Sent) -> tuple[int, str]:
        self.sent.append(sent)
        for value in sent.fields["value"]:
            if value in self.used:
                body = {"code": "in_use", "detail": "It is in use.", "places": self.used[value]}
                return 409, json.dumps(body)
        for value in sent.fields["value"]:
            self.files.pop(value, None)
        return 204, ""

    def _facts(self, value: str) -> dict[str, object]:
        stored = self.files[value]
        is_picture = stored.media_type.startswith("image/")
        metadata = {"name": stored.name, "size": f"{len(stored.content)} bytes"}
        if value in self.used:
            metadata["used_in"] = self.used[value]
        thumbnail = f"/media/{value}" if is_picture else None
        return {"thumbnail": thumbnail, "metadata": metadata} | ({} if self.is_plain else {"url": f"/media/{value}"})


COUNTRIES = [("Austria", "AT"), ("Australia", "AU"), ("Brazil", "BR"), ("Chile", "CL")]


def field_markup(name: str, document: object, config: dict) -> str:
    """What Django's widget renders, in a row of the admin's."""
    text = html.escape(document if isinstance(document, str) else json.dumps(document))
    arguments = {"field_name": name, "model_name": "Page", "app_label": "site"}
    config = {"handler": "/handler/", "handlerArgs": arguments, **config}
    script = json.dumps(config).replace("<", "\\u003C")
    return f"""
      <div class="form-row field-{name}"><div><div class="flex-container">
        <label for="id_{name}">{name.capitalize()}:</label>
        <div class="safelight-jsonform" data-safelight-jsonform>
          <textarea name="{name}" id="id_{name}" cols="40" rows="10" class="vLargeTextField">{text}</textarea>
          <script type="application/json" id="id_{name}_config">{script}</script>
        </div>
      </div></div></div>"""


PAGE = """<!doctype html>
<html lang="en" dir="ltr">
<head>
  <meta charset="utf-8">
  <title>Change page</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/static/admin/css/base.css">
  <link rel="stylesheet" href="/static/admin/css/dark_mode.css">
  <link rel="stylesheet" href="/static/admin/css/forms.css">
  <link rel="stylesheet" href="/static/safelight/json-form.css">
  <link rel="stylesheet" href="/static/admin/css/responsive.css">
  <script type="module" src="/static/safelight/json-form.js"></script>
</head>
<body class="change-form">
<div id="container"><div class="main" id="main"><main id="content-start" class="content"><div id="content" class="colM">
  <h1>Change page</h1>
  <div id="content-main">
  <form id="page_form" method="post" action="/save/" enctype="multipart/form-data" novalidate>
    <input type="hidden" name="csrfmiddlewaretoken" value="{token}">
    <div><fieldset class="module aligned">
      <div class="form-row field-title"><div><div class="flex-container">
        <label for="id_title">Title:</label>
        <input type="text" name="title" value="A page" class="vTextField" id="id_title">
      </div></div></div>{fields}
    </fieldset></div>
    <div class="submit-row"><input type="submit" value="Save" class="default" name="_save"></div>
  </form>
  <p><a href="/elsewhere/">Elsewhere</a></p>
  </div>
</div></main></div></div>
</body>
</html>"""


def _plain(title: str) -> str:
    return f'<!doctype html><title>{title}</title><link rel="icon" href="data:,"><h1>{title}</h1>'


def _handler(server: FormServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path in server.pages:
                self._answer(200, server.pages[path], "text/html", {"Set-Cookie": f"csrftoken={TOKEN}; Path=/"})
            elif path == "/handler/":
                self._answer_json(*server.answer_list(self._sent()))
            elif path.startswith("/media/") and (stored := server.files.get(path.removeprefix("/media/"))):
                self._answer(200, stored.content, stored.media_type)
            elif path.startswith("/static/"):
                self._answer_static(path)
            elif path == "/elsewhere/":
                self._answer(200, _plain("Elsewhere"), "text/html")
            elif path == "/login/":
                self._answer(200, _plain("Log in"), "text/html")
            else:
                self._answer(404, "Not found", "text/plain")

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                self.close_connection = True  # it was cancelled
            elif self.path.startswith("/save/"):
                fields = {name: [part.decode() for part in parts] for name, parts in self._form(body).items()}
                server.saved.append(fields)
                self._answer(200, _plain("Saved"), "text/html")
            elif self.headers.get("X-CSRFToken") != TOKEN:
                self._answer(403, "<h1>Forbidden</h1><p>CSRF verification failed.</p>", "text/html")
            else:
                sent, content, media_type = self._upload(body)
                status, text = server.answer_upload(sent, content, media_type)
                if status in (301, 302):
                    self._answer(status, "", "text/html", {"Location": text})
                else:
                    self._answer_json(status, text)

        def do_DELETE(self) -> None:
            if self.headers.get("X-CSRFToken") != TOKEN:
                self._answer(403, "<h1>Forbidden</h1>", "text/html")
            else:
                self._answer_json(*server.answer_delete(self._sent()))

        def _sent(self) -> Sent:
            return Sent(self.command, parse_qs(urlsplit(self.path).query))

        def _upload(self, body: bytes) -> tuple[Sent, bytes, str]:
            sent, content, media_type = Sent("POST", {}), b"", ""
            for part in self._parts(body):
                name = part.get_param("name", header="content-disposition")
                sent.names.append(name)
                if filename := part.get_filename():
                    sent.filename, content, media_type = (
                        filename,
                        part.get_payload(decode=True),
                        part.get_content_type(),
                    )
                else:
                    sent.fields.setdefault(name, []).append(part.get_payload(decode=True).decode())
            return sent, content, media_type

        def _form(self, body: bytes) -> dict[str, list[bytes]]:
            fields: dict[str, list[bytes]] = {}
            for part in self._parts(body):
                name = part.get_param("name", header="content-disposition")
                fields.setdefault(name, []).append(part.get_payload(decode=True))
            return fields

        def _parts(self, body: bytes) -> list:
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            return list(BytesParser(policy=HTTP).parsebytes(head + body).iter_parts())

        def _answer_static(self, path: str) -> None:
            for prefix, folder in STATIC.items():
                file = folder / path.removeprefix(prefix)
                if path.startswith(prefix) and file.is_file() and not re.search(r"(^|/)\.\.", path):
                    self._answer(200, file.read_bytes(), TYPES.get(file.suffix, "application/octet-stream"))
                    return
            self._answer(404, "Not found", "text/plain")

        def _answer_json(self, status: int, text: str) -> None:
            is_page = text.startswith("<")
            self._answer(status, text, "text/html" if is_page else "application/json")

        def _answer(self, status: int, body: str | bytes, media_type: str, headers: dict | None = None) -> None:
            content = body.encode() if isinstance(body, str) else body
            text = "; charset=utf-8" if media_type.startswith("text/") else ""
            try:
                self.send_response(HTTPStatus(status))
                all_headers = {"Content-Type": media_type + text, "Content-Security-Policy": POLICY, **(headers or {})}
                for name, value in {**all_headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the browser has cancelled it

        def log_message(self, *_: object) -> None:
            pass

    return Handler
