"""A storage that was built already, and has no URL."""

from safelight.django.storage import UrlStorage
from safelight.protocols import Storage


class Given(UrlStorage):
    def __init__(self, inner: Storage) -> None:
        self.inner = inner
