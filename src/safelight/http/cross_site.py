"""Requests that another site's page makes a browser send along with our cookies, told by their headers alone.

A form's token would have to be read from the body, and nobody's gigabyte is read before it is known who he is. Browsers
say by themselves where a request comes from: Sec-Fetch-Site on HTTPS and on this machine, Origin everywhere.

Sources: W3C Fetch Metadata; Fetch Standard, "Origin" header; OWASP CSRF Prevention Cheat Sheet, "Fetch Metadata". The
order of the questions is that of Go's `net/http.CrossOriginProtection`.
"""

from __future__ import annotations

from .headers import Headers

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Those that change nothing."""


def is_cross_site(method: str, headers: Headers, host: str) -> bool:
    """Whether a request that changes something may have been made by a page that is not from `host`, with the port if
    it is not the scheme's own.

    What no browser sent has neither header, and no cookie that somebody else could use. A bearer token no browser adds
    by itself, and another origin's page only after it was allowed to (by CORS).
    """
    if method in SAFE_METHODS or headers.get("Authorization", "").lower().startswith("bearer "):
        return False
    if site := headers.get("Sec-Fetch-Site", ""):
        return site not in ("same-origin", "none")
    origin = headers.get("Origin", "")
    return bool(origin) and origin.partition("://")[2].lower() != host.lower()
