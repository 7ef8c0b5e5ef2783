from rest_framework.throttling import SimpleRateThrottle


class UploadThrottle(SimpleRateThrottle):
    """So many uploads from one address, whoever signs them (SAFELIGHT_UPLOAD_RATE)."""

    scope = "upload"

    def get_cache_key(self, request, view) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
