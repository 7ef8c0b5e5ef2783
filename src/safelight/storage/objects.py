"""Object stores (S3 and what speaks like it, Google Cloud Storage, Azure): nothing is overwritten, because the store
itself creates only what is not there; memory stays flat, because what is large goes up in parts.

=======================================  ============================================================================
``s3://bucket/prefix``                   ``endpoint``, ``region``; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...
``gs://bucket/prefix``                   GOOGLE_APPLICATION_CREDENTIALS, ...
``az://container/prefix``                ``account``, ``endpoint``; AZURE_STORAGE_ACCOUNT_NAME, ..._KEY, ...
=======================================  ============================================================================

Each also takes ``public_url``, ``expires`` and ``timeout``. The names of the variables are those of the stores' own
tools; a machine whose role may use the bucket needs none.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore

from ..errors import KeyTaken, StorageUnavailable
from . import headers
from .names import checked, is_name
from .reading import ranged, read_up_to
from .urls import StorageUrl

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ClientConfig, RetryConfig

AT_ONCE = 16_000_000
"""Bytes up to which a file is created by one request, which holds it in memory."""
PART = 8 << 20
"""Bytes of each part of a larger one; with the most parts that S3 allows, 84 GB."""
_PARTS_AT_ONCE = 2
_CHUNK = 1 << 20
_MARK = "safelight"  # metadata by which a writer knows its own bytes again
_SIGNED = 10_000  # addresses that are remembered

EXPIRES, TIMEOUT = 3600, 30  # seconds
LONGEST = 7 * 86_400 // 2  # signatures of S3 are good for a week at most

_NOWHERE = {"NoSuchBucket", "ContainerNotFound"}
_ROLE = re.compile(r"token request|/latest/api/token|/latest/meta-data")
"""What errors say when the machine was asked for the credentials of its role, and has none."""


class ObjectStorage:
    """Files in `store` (an obstore store), where `place` says for people what it is and `variables` where its
    credentials come from.

    public_url: where everybody can get the files, with a slash at its end; else addresses are signed
    expires:    seconds for which a signed address is good at least. It stays the same for as long, so that a browser
                finds in its cache what it has
    """

    def __init__(
        self,
        store: Any,
        *,
        place: str,
        variables: str,
        public_url: str | None = None,
        expires: int = EXPIRES,
        at_once: int = AT_ONCE,
        part: int = PART,
    ) -> None:
        self._store = store
        self._place = place
        self._variables = variables
        self._public_url = public_url
        self._expires = expires
        self._at_once = at_once
        self._part = part
        self._remembered = lru_cache(_SIGNED)(self._signed)

    def save(self, name: str, content: IO[bytes], /) -> str:
        mark = secrets.token_hex(16)
        about: Attributes = {
            "Content-Type": headers.media_type(checked(name)),
            "Content-Disposition": headers.disposition(name),
            "Cache-Control": headers.CACHE_CONTROL,
            _MARK: mark,
        }
        beginning = read_up_to(content, self._at_once + 1)
        with self._failures(FileNotFoundError):  # there is no such bucket
            if len(beginning) > self._at_once:
                self._save_in_parts(name, _chunks(beginning, content), about)
                return name
            try:
                obstore.put(self._store, name, beginning, mode="create", attributes=about)
            except AlreadyExistsError:
                # A create whose answer was lost is repeated, and finds its own bytes.
                if obstore.get(self._store, name, options={"head": True}).attributes.get(_MARK) != mark:
                    raise KeyTaken(name) from None
        return name

    def _save_in_parts(self, name: str, chunks: Iterator[bytes], about: Attributes) -> None:
        """No store creates in parts only what is not there. So it looks first; that two write a key of ours at the same
        moment is as likely as that somebody guesses it."""
        if self.exists(name):
            raise KeyTaken(name)
        obstore.put(
            self._store,
            name,
            chunks,
            use_multipart=True,
            chunk_size=self._part,
            max_concurrency=_PARTS_AT_ONCE,
            attributes=about,
        )

    def open(self, name: str, /) -> IO[bytes]:
        with self._failures():
            size = obstore.head(self._store, checked(name))["size"]

        def fetch(start: int, end: int) -> bytes:
            with self._failures(FileNotFoundError):  # it was there a moment ago
                return obstore.get_range(self._store, name, start=start, end=end).to_bytes()

        return ranged(size, fetch)

    def exists(self, name: str, /) -> bool:
        try:
            with self._failures():
                obstore.head(self._store, checked(name))
        except FileNotFoundError:
            return False
        return True

    def delete(self, name: str, /) -> None:
        with suppress(FileNotFoundError), self._failures():
            obstore.delete(self._store, checked(name))

    def size(self, name: str, /) -> int:
        """See `safelight.protocols.Measurable`."""
        with self._failures():
            return obstore.head(self._store, checked(name))["size"]

    def names(self, after: str = "", /) -> Iterator[str]:
        """See `safelight.protocols.Listable`. A page of the store's own list at a time."""
        pages = iter(obstore.list(self._store, offset=after or None))
        while True:
            with self._failures(FileNotFoundError):  # there is no such bucket
                page = next(pages, None)
            if page is None:
                return
            yield from (found["path"] for found in page if is_name(found["path"]))

    def modified(self, name: str, /) -> datetime:
        """See `safelight.protocols.Dated`."""
        with self._failures():
            return obstore.head(self._store, checked(name))["last_modified"]

    def url(self, name: str, /) -> str:
        if self._public_url is not None:
            return self._public_url + quote(checked(name))
        return self._remembered(checked(name), int(time.time()) // self._expires)

    def _signed(self, name: str, window: int) -> str:
        """An address that is good until the end of the next `window` at least. obstore signs with the time of the call:
        this process remembers it, others have other ones."""
        with self._failures():
            return obstore.sign(self._store, "GET", name, timedelta(seconds=2 * self._expires))

    def trouble(self) -> str | None:
        """See `safelight.protocols.Remote`. By a GET of what is not there: its error has a body that says more."""
        try:
            with self._failures(told=(PermissionDeniedError, UnauthenticatedError)):
                obstore.get(self._store, f"safelight-{secrets.token_hex(8)}")
        except FileNotFoundError as error:
            return f"There is no {self._place}." if _code(error) in _NOWHERE else None
        except (PermissionDeniedError, UnauthenticatedError) as error:
            return (
                f"{self._place} refuses these credentials ({_code(error) or type(error).__name__}): see "
                f"{self._variables}. They must allow to list, read, write and delete."
            )
        except StorageUnavailable as error:
            if not _ROLE.search(error.reason):
                raise
            return f"There are no credentials for {self._place}: set {self._variables}, or give this machine a role."
        return None

    @contextmanager
    def _failures(self, *also: type[Exception], told: tuple[type[Exception], ...] = ()) -> Iterator[None]:
        """What obstore raises, in our words, but for what is not there and for what is `told`; and what it raises for
        other reasons than ours as well, where these cannot be (`also`)."""
        ours: tuple[type[Exception], ...] = (BaseError, *also)
        try:
            yield
        except told:
            raise
        except ours as error:
            raise StorageUnavailable(_reason(error)) from error


def google(url: StorageUrl) -> ObjectStorage:
    """Untested against Google's own servers."""
    timeout = url.take_seconds("timeout", TIMEOUT, 600)
    store = GCSStore(
        container(url), prefix=prefix(url), client_options=client_options(timeout), retry_config=retries(timeout)
    )
    return ObjectStorage(
        store,
        place=f"bucket {url.host!r}",
        variables="GOOGLE_APPLICATION_CREDENTIALS",
        public_url=url.take_folder("public_url"),
        expires=url.take_seconds("expires", EXPIRES, LONGEST),
    )


def azure(url: StorageUrl) -> ObjectStorage:
    """obstore signs addresses of Azure right only for names without anything to be quoted, as keys are."""
    timeout = url.take_seconds("timeout", TIMEOUT, 600)
    endpoint, account = url.take("endpoint"), url.take("account")
    options: dict[str, Any] = {}
    if endpoint is not None:
        options["endpoint"] = url.without_user("endpoint", endpoint).rstrip("/")
    if account is not None:
        options["account_name"] = account
    try:
        store = AzureStore(
            container(url),
            prefix=prefix(url),
            client_options=client_options(timeout, endpoint),
            retry_config=retries(timeout),
            **options,
        )
    except BaseError as error:
        raise url.wrong(f"say ?account=, or set AZURE_STORAGE_ACCOUNT_NAME ({_reason(error)})") from None
    return ObjectStorage(
        store,
        place=f"container {url.host!r}",
        variables="AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
        public_url=url.take_folder("public_url"),
        expires=url.take_seconds("expires", EXPIRES, LONGEST),
    )


def container(url: StorageUrl) -> str:
    if not url.host or "@" in url.netloc:
        raise url.wrong(f"write {url.scheme}://bucket/prefix; credentials come from the environment")
    return url.host


def prefix(url: StorageUrl) -> str | None:
    folder = url.path.strip("/")
    try:
        return checked(folder) if folder else None
    except ValueError:
        raise url.wrong("its path is no prefix for names") from None


def client_options(timeout: int, endpoint: str | None = None) -> ClientConfig:
    """`timeout` is for each request: one part of a file goes up in it."""
    return {
        "timeout": timedelta(seconds=timeout),
        "connect_timeout": timedelta(seconds=min(5, timeout)),
        "allow_http": (endpoint or "").startswith("http://"),
    }


def retries(timeout: int) -> RetryConfig:
    """Few: somebody waits for the answer, and is told when to try again."""
    return {
        "max_retries": 2,
        "retry_timeout": timedelta(seconds=timeout),
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
    }


def _chunks(beginning: bytes, content: IO[bytes]) -> Iterator[bytes]:
    yield beginning
    while chunk := content.read(_CHUNK):
        yield chunk


def _code(error: Exception) -> str:
    """The store's own word for what is wrong: S3, GCS and Azure answer with the same XML."""
    match = re.search(r"<Code>(\w+)</Code>", str(error))
    return match[1] if match else ""


def _reason(error: Exception) -> str:
    """One line of it, without the client's internals."""
    return " ".join(str(error).partition("\n\nDebug source")[0].split())[:500]
