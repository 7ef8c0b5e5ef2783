"""What an upload endpoint takes and answers, in OpenAPI's words (``pip install "safelight[openapi]"``)::

    REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "safelight.django.rest_framework.openapi.AutoSchema"}
    SPECTACULAR_SETTINGS = {"COMPONENT_SPLIT_REQUEST": True}  # a file goes in as base64 and comes out as an address

Nothing else of Safelight imports this. Importing it registers what drf-spectacular has to know of our classes.
"""

from . import extensions
from .schema import AutoSchema

__all__ = ["AutoSchema", "extensions"]
