from rest_framework.renderers import BrowsableAPIRenderer


class HtmlRenderer(BrowsableAPIRenderer):
    """The browsable API under its usual suffix, ``/api/images/1.html``, and without the one inline style sheet that
    the site's Content Security Policy forbids."""

    format = "html"

    def get_context(self, *args, **kwargs) -> dict:
        return super().get_context(*args, **kwargs) | {"code_style": None}
