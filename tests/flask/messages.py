"""Requests as clients write them, and answers as they read them."""

import base64
from typing import Any

from werkzeug.test import TestResponse


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def multipart(name: str, data: bytes) -> dict[str, Any]:
    """A form with a file, as bytes: the test client would keep a large one in a file, and not close it."""
    head = f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n\r\n'
    return {"data": head.encode() + data + b"\r\n--B--\r\n", "content_type": "multipart/form-data; boundary=B"}


def problem(response: TestResponse) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    assert response.json
    assert response.json["status"] == response.status_code
    return response.status_code, response.json["code"]
