from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.status import HTTP_200_OK, HTTP_405_METHOD_NOT_ALLOWED

from .middleware import policy


class HtmlRenderer(BrowsableAPIRenderer):
    """The browsable API under its usual suffix, ``/api/images/1.html``. Its templates have two style attributes, which
    its pages alone may use, and an inline style sheet, which is left out."""

    format = "html"

    def get_context(self, data, accepted_media_type, renderer_context) -> dict:
        request, response = renderer_context["request"], renderer_context["response"]
        response.headers["Content-Security-Policy"] = f"{policy()}; style-src-attr 'unsafe-inline'"
        context = super().get_context(data, accepted_media_type, renderer_context) | {"code_style": None}
        if request.method == "GET" and response.status_code == HTTP_405_METHOD_NOT_ALLOWED and context["post_form"]:
            # Programs can only send here; a person has come for the page with the form.
            response.status_code, context["content"] = HTTP_200_OK, ""
        return context
