"""Bodies of any size in a few megabytes of memory, whichever way they come: asserted by a real server's memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.e2e.checks import assert_refused, nothing_left
from tests.e2e.profiles.site import Person, Site, key_of
from tests.e2e.test_streaming import MB, body_of, growth, padded

KINDS = ["json", "form", "multipart", "the body itself"]


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    with Site(tmp_path_factory.mktemp("roomy"), SAFELIGHT_MAX_BYTES=str(1500 * MB)) as site:
        yield Person(site, "ada@example.org")


def send(person: Person, kind: str, data: bytes) -> httpx.Response:
    content_type, body = ("image/jpeg", data) if kind == "the body itself" else body_of(kind, data)
    head, _, rest = body.partition(b"image")  # the name of the field, in whatever comes before the picture
    if kind != "the body itself":
        body = head + b"profile_image" + rest
    with person.client() as client:
        return client.put(person.image, content=body, headers={"Content-Type": content_type}, timeout=300)


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_follow_the_body(roomy: Person, kind: str) -> None:
    key_of(send(roomy, kind, padded(2 * MB)))  # what a first upload imports
    data = padded(120 * MB)
    with growth(roomy.site, 16 * MB):
        key = key_of(send(roomy, kind, data))
    assert (roomy.site.media / key).stat().st_size == len(data)


def test_a_gigabyte(roomy: Person, tmp_path: Path) -> None:
    """Out of a file, since neither side needs it in memory."""
    size, whole = 1000 * MB, padded(1 * MB)
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.write(whole[:-2])
        while file.tell() < size:
            file.write(bytes(range(1, 251)) * 4000)
        file.write(whole[-2:])
    key_of(send(roomy, "the body itself", padded(2 * MB)))
    with growth(roomy.site, 16 * MB), path.open("rb") as content, roomy.client() as client:
        headers = {"Content-Type": "image/jpeg", "Content-Length": str(path.stat().st_size)}
        key = key_of(client.put(roomy.image, content=content, headers=headers, timeout=300))
    assert (roomy.site.media / key).stat().st_size == path.stat().st_size


@pytest.mark.parametrize("kind", KINDS)
def test_in_chunks_without_a_length(roomy: Person, kind: str) -> None:
    """The server says where the body ends (wsgi.input_terminated)."""
    data = padded(3 * MB)
    content_type, body = ("image/jpeg", data) if kind == "the body itself" else body_of(kind, data)
    body = body if kind == "the body itself" else body.replace(b"image", b"profile_image", 1)
    chunks = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    with roomy.client() as client:
        response = client.put(roomy.image, content=chunks, headers={"Content-Type": content_type})
    assert (roomy.site.media / key_of(response)).stat().st_size == len(data)


@pytest.mark.parametrize("kind", KINDS)
def test_over_the_limit_it_is_refused_while_it_comes_in(
    new_site: Callable[..., Site], sign_up: Callable[[Site], Person], kind: str
) -> None:
    site = new_site()
    ada = sign_up(site)
    key_of(send(ada, kind, padded(1 * MB)))
    with nothing_left(site), growth(site, 16 * MB):
        assert "20 MB" in assert_refused(send(ada, kind, padded(60 * MB)), 413, "too_large")
