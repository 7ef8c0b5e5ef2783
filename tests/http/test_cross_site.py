"""Which requests another site's page may have made a browser send."""

import pytest

from safelight.http.cross_site import is_cross_site

HOST = "example.org:8000"


@pytest.mark.parametrize(
    ("headers", "is_cross"),
    [
        ({}, False),  # no browser
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),  # typed, or a bookmark
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"}, False),
        ({"Sec-Fetch-Site": "same-site"}, True),  # another port, or another name of the same domain
        ({"Sec-Fetch-Site": "same-site", "Origin": f"http://{HOST}"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "what comes next"}, True),
        ({"Origin": f"http://{HOST}"}, False),
        ({"Origin": "https://EXAMPLE.org:8000"}, False),
        ({"Origin": "http://example.org"}, True),
        ({"Origin": "http://example.org:8001"}, True),
        ({"Origin": "http://example.org:8000.evil"}, True),
        ({"Origin": "http://evil@example.org:8000"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://["}, True),
        ({"Origin": "http://evil", "Authorization": "Bearer x"}, False),  # which no browser sends by itself
        ({"Origin": "http://evil", "Authorization": "bearer x"}, False),
        ({"Origin": "http://evil", "Authorization": "Basic YTpi"}, True),  # which browsers do
        ({"Origin": "http://evil", "Authorization": "Bearerx"}, True),
    ],
)
def test_by_headers_alone(headers: dict[str, str], is_cross: bool) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "FOO"):
        assert is_cross_site(method, headers, HOST) is is_cross
    for method in ("GET", "HEAD", "OPTIONS"):
        assert not is_cross_site(method, headers, HOST)
