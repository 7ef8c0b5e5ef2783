"""What gunicorn serves."""

import os

import django
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recognizer.settings")


class Request(WSGIRequest):
    """A request whose Content-Type claims an absurd encoding is a request without that claim. Django would decode the
    query string by it before any of its own error handling has begun, and the server would answer in its stead."""

    def _set_content_type_params(self, meta) -> None:
        try:
            super()._set_content_type_params(meta)
        except (LookupError, ValueError, SuspiciousOperation):
            self._encoding = None


class Handler(WSGIHandler):
    request_class = Request


# glibc maps blocks of more than 128 kB anew each time and has every page of them cleared; the pieces of a megabyte in
# which bodies are read cost a third more time by it. The first free of a larger block raises that bound for good.
bytes(8_000_000)

django.setup(set_prefix=False)
application = Handler()
