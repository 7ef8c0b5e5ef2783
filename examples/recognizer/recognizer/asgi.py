"""The same site for an ASGI server: ``uvicorn recognizer.asgi:application``."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recognizer.settings")
application = get_asgi_application()
