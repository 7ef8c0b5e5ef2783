from rest_framework.throttling import SimpleRateThrottle


class AddressThrottle(SimpleRateThrottle):
    """So many requests from one address, whoever signs them."""

    def get_cache_key(self, request, view) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class UploadThrottle(AddressThrottle):
    scope = "upload"  # SAFELIGHT_UPLOAD_RATE


class LoginThrottle(AddressThrottle):
    scope = "login"  # guessing passwords is slow
