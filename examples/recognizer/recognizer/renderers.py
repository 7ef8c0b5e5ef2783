from rest_framework.renderers import BrowsableAPIRenderer


class HtmlRenderer(BrowsableAPIRenderer):
    """The browsable API under its usual suffix: ``/api/images/1.html``."""

    format = "html"
