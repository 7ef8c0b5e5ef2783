from rest_framework.renderers import BrowsableAPIRenderer

from .middleware import POLICY


class HtmlRenderer(BrowsableAPIRenderer):
    """The browsable API under its usual suffix, ``/api/images/1.html``. Its templates have two style attributes, which
    its pages alone may use, and an inline style sheet, which is left out."""

    format = "html"

    def get_context(self, data, accepted_media_type, renderer_context) -> dict:
        response = renderer_context["response"]
        response.headers["Content-Security-Policy"] = f"{POLICY}; style-src-attr 'unsafe-inline'"
        return super().get_context(data, accepted_media_type, renderer_context) | {"code_style": None}
