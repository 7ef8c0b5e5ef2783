"""What Cloudinary's documentation says of its Upload API, its Admin API and its delivery, as a server of its own.

``python cloudinary_server.py CLOUD KEY SECRET`` keeps everything in memory, and prints the port once it answers. It was
written from the documentation alone (authentication_signatures, image_upload_api_reference, admin_api, and the
guidelines for chunked uploads), and knows nothing of who calls it.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import quote, unquote, urlsplit

SMALLEST_CHUNK = 5 * 1024 * 1024  # but for the last
LIFETIME = 3600  # seconds for which a signature is good
UNSIGNED = {"file", "cloud_name", "resource_type", "api_key", "signature"}
ALGORITHMS = {40: hashlib.sha1, 64: hashlib.sha256}  # by the length of the hex digest
FORMATS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif"}
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif"}


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class Account:
    cloud: str
    key: str
    secret: str
    assets: dict[tuple[str, str], "Asset"] = field(default_factory=dict)  # by resource type and public id
    unfinished: dict[str, bytes] = field(default_factory=dict)  # by X-Unique-Upload-Id
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Asset:
    public_id: str
    resource_type: str
    format: str
    version: int
    data: bytes


def string_to_sign(parameters: dict[str, str], version: int) -> str:
    """The parameters in alphabetical order. From the second version of signatures on an ampersand inside of one is
    escaped: it would pass for the end of it."""
    pairs = (f"{name}={value}" for name, value in parameters.items() if name not in UNSIGNED and value)
    return "&".join(sorted(pair.replace("&", "%26") if version >= 2 else pair for pair in pairs))


def is_signed(parameters: dict[str, str], secret: str) -> bool:
    given = parameters.get("signature", "")
    algorithm = ALGORITHMS.get(len(given))
    if algorithm is None:
        return False
    signatures = (algorithm((string_to_sign(parameters, version) + secret).encode()).hexdigest() for version in (1, 2))
    return any(hmac.compare_digest(given, signature) for signature in signatures)


def image_format(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:12] == b"ftypavif":
        return "avif"
    for magic, name in FORMATS.items():
        if data.startswith(magic):
            return name
    raise Refused(400, "Invalid image file")


def form(body: bytes, content_type: str) -> tuple[dict[str, str], bytes | None]:
    """The fields of a multipart form, and its file."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary")
    if not boundary:
        raise Refused(400, "Missing required parameter - file")
    fields, file = {}, None
    for part in (b"\r\n" + body).split(f"\r\n--{boundary}".encode())[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'[; ]name="([^"]*)"', head)
        if name is None:
            raise Refused(400, "Malformed form")
        if name[1] == b"file":
            file = value
        else:
            fields[name[1].decode()] = value.decode()
    return fields, file


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    account: ClassVar[Account]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(lambda: self.upload_api(body))

    def do_GET(self) -> None:
        if self.path.startswith("/v1_1/"):
            self.answer(self.admin_api)
        else:
            self.deliver()

    do_HEAD = do_GET

    # --- the Upload API ----------------------------------------------------------------------------------------------

    def upload_api(self, body: bytes) -> dict[str, object]:
        match = re.fullmatch(r"/v1_1/([^/]+)/(image|video|raw)/(upload|destroy)", self.path)
        if match is None:
            raise Refused(404, "Unknown API endpoint")
        cloud, resource_type, action = match.groups()
        if self.headers.get("Content-Type", "").startswith("multipart/"):
            parameters, file = form(body, self.headers["Content-Type"])
        else:
            raise Refused(400, "Unsupported content type")
        self.authenticate(cloud, parameters)
        if action == "destroy":
            with self.account.lock:
                gone = self.account.assets.pop((resource_type, parameters.get("public_id", "")), None)
            return {"result": "ok" if gone else "not found"}
        if file is None:
            raise Refused(400, "Missing required parameter - file")
        data = self.assembled(file)
        if data is None:
            return {"done": False, "bytes": len(file)}
        return self.stored(resource_type, parameters, data)

    def authenticate(self, cloud: str, parameters: dict[str, str]) -> None:
        if cloud != self.account.cloud:
            raise Refused(401, f"Invalid cloud_name {cloud}")
        if parameters.get("api_key") != self.account.key:
            raise Refused(401, f"Unknown API key {parameters.get('api_key')}")
        if not parameters.get("timestamp", "").isdecimal():
            raise Refused(400, "Missing required parameter - timestamp")
        if not is_signed(parameters, self.account.secret):
            text = string_to_sign(parameters, 2)
            raise Refused(401, f"Invalid Signature {parameters.get('signature')}. String to sign - '{text}'.")
        age = time.time() - int(parameters["timestamp"])
        if age > LIFETIME:
            raise Refused(400, "Stale request - reported time is more than 1 hour ago")

    def assembled(self, chunk: bytes) -> bytes | None:
        """The whole file; None while chunks are missing."""
        upload, wanted = self.headers.get("X-Unique-Upload-Id"), self.headers.get("Content-Range")
        if upload is None and wanted is None:
            return chunk
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", wanted or "")
        if upload is None or match is None:
            raise Refused(400, "Chunks need both X-Unique-Upload-Id and Content-Range")
        start, end, total = map(int, match.groups())
        is_last = end + 1 == total
        if len(chunk) != end - start + 1 or end >= total:
            raise Refused(400, "Content-Range does not fit the chunk")
        if not is_last and len(chunk) < SMALLEST_CHUNK:
            raise Refused(400, "All parts except EOF-chunk must be larger than 5mb")
        with self.account.lock:
            before = self.account.unfinished.get(upload, b"")
            if start != len(before):
                raise Refused(400, "The chunk does not follow the one before")
            self.account.unfinished[upload] = before + chunk
            return self.account.unfinished.pop(upload) if is_last else None

    def stored(self, resource_type: str, parameters: dict[str, str], data: bytes) -> dict[str, object]:
        if not data:
            raise Refused(400, "Empty file")
        format = image_format(data) if resource_type == "image" else ""
        public_id = parameters.get("public_id") or hashlib.sha256(data).hexdigest()[:20]
        with self.account.lock:
            found = self.account.assets.get((resource_type, public_id))
            if found and parameters.get("overwrite", "true").lower() in ("false", "0"):
                return self.described(found) | {"existing": True}
            asset = Asset(public_id, resource_type, format, int(time.time()), data)
            self.account.assets[resource_type, public_id] = asset
        return self.described(asset)

    def described(self, asset: Asset) -> dict[str, object]:
        signed = f"public_id={asset.public_id}&version={asset.version}{self.account.secret}"
        name = asset.public_id + (f".{asset.format}" if asset.format else "")
        address = f"{self.headers['Host']}/{self.account.cloud}/{asset.resource_type}/upload/v{asset.version}/{name}"
        return {
            "public_id": asset.public_id,
            "version": asset.version,
            "signature": hashlib.sha1(signed.encode()).hexdigest(),
            "resource_type": asset.resource_type,
            "type": "upload",
            "format": asset.format,
            "bytes": len(asset.data),
            "etag": hashlib.md5(asset.data).hexdigest(),
            "url": f"http://{address}",
            "secure_url": f"https://{address}",
        }

    # --- the Admin API -----------------------------------------------------------------------------------------------

    def admin_api(self) -> dict[str, object]:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(given) != f"{self.account.key}:{self.account.secret}".encode():
            raise Refused(401, "Invalid credentials")
        path = unquote(urlsplit(self.path).path).removeprefix(f"/v1_1/{self.account.cloud}/")
        if path == "ping":
            return {"status": "ok"}
        match = re.fullmatch(r"resources/(image|video|raw)/upload/(.+)", path)
        if match is None:
            raise Refused(404, "Unknown API endpoint")
        asset = self.account.assets.get((match[1], match[2]))
        if asset is None:
            raise Refused(404, f"Resource not found - {match[2]}")
        return self.described(asset)

    # --- delivery ----------------------------------------------------------------------------------------------------

    def deliver(self) -> None:
        asset = self.addressed()
        if asset is None:
            self.send(404, b"", {"X-Cld-Error": "Resource not found"})
            return
        headers = {
            "Content-Type": MEDIA_TYPES.get(asset.format, "application/octet-stream"),
            "Cache-Control": "public, max-age=2592000",
            "Accept-Ranges": "bytes",
        }
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if match is None:
            self.send(200, asset.data, headers)
            return
        start, end = int(match[1]), min(int(match[2]) + 1, len(asset.data))
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(asset.data)}"
        self.send(206, asset.data[start:end], headers)

    def addressed(self) -> Asset | None:
        """Of an image the format is written behind its public id; asked for in another one it would be converted."""
        path = unquote(urlsplit(self.path).path)
        match = re.fullmatch(rf"/{self.account.cloud}/(image|video|raw)/upload/(?:v\d+/)?(.+)", path)
        if match is None:
            return None
        resource_type, name = match.groups()
        if resource_type == "raw":
            return self.account.assets.get((resource_type, name))
        public_id, _, extension = name.rpartition(".")
        asset = self.account.assets.get((resource_type, public_id))
        return asset if asset and asset.format == extension.replace("jpeg", "jpg") else None

    # --- HTTP --------------------------------------------------------------------------------------------------------

    def answer(self, call) -> None:
        try:
            self.send(200, json.dumps(call()).encode(), {"Content-Type": "application/json"})
        except Refused as refused:
            body = json.dumps({"error": {"message": refused.message}}).encode()
            headers = {"Content-Type": "application/json", "X-Cld-Error": quote(refused.message, safe=" '-=/.")}
            self.send(refused.status, body, headers)

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def main(cloud: str, key: str, secret: str) -> None:
    Handler.account = Account(cloud, key, secret)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
