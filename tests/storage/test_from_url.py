"""One URL configures a storage, or says what is wrong with it."""

import io
import traceback
from pathlib import Path

import pytest

from safelight.errors import ConfigurationError
from safelight.storage import DiskStorage, MemoryStorage, from_url


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("file:///var/media", "/var/media"),
        ("file://localhost/var/media", "/var/media"),
        ("file:///var/my%20media/%C4%8D", "/var/my media/č"),
        ("FILE:///var/media", "/var/media"),
    ],
)
def test_a_folder(url, root):
    storage = from_url(url)
    assert isinstance(storage, DiskStorage)
    assert storage.root == Path(root)


def test_a_relative_folder_does_not_move_with_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    storage = from_url("file:media/pictures")
    monkeypatch.chdir("/")
    storage.save("a", io.BytesIO(b"data"))
    assert (tmp_path / "media/pictures/a").read_bytes() == b"data"


@pytest.mark.parametrize(
    ("url", "base_url", "address"),
    [
        ("file:///m", "/media/", "/media/a.png"),
        ("file:///m", "/media", "/media/a.png"),
        ("file:///m?public_url=https://cdn.example/m", "/media/", "https://cdn.example/m/a.png"),
        ("memory:", "/media/", "/media/a.png"),
        ("memory:?public_url=https%3A//cdn.example/", None, "https://cdn.example/a.png"),
    ],
)
def test_where_files_are_served(url, base_url, address):
    assert from_url(url, base_url).url("a.png") == address


def test_memory():
    assert isinstance(from_url("memory:"), MemoryStorage)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "unknown scheme"),
        ("/var/media", "unknown scheme"),
        ("ftp://host/media", "unknown scheme"),
        ("file:", "write file:///absolute/folder"),
        ("file://media/pictures", "write file:///absolute/folder"),
        ("file:///var/media?mode=777", "unknown option mode"),
        ("file:///var/media?public_ur1=x&b=", "unknown option b, public_ur1"),
        ("file://[media", "storage URL"),
    ],
)
def test_a_wrong_url_is_explained(url, words):
    with pytest.raises(ConfigurationError, match=words):
        from_url(url)


@pytest.mark.parametrize(
    "secret",
    ["hunter2", "hun:ter2", "hun@ter2", "hun/ter2", "hun?ter2", "hun#ter2", "hun[ter2", "1/ter2", "1?ter2", "1#ter2"],
)
@pytest.mark.parametrize("scheme", ["cloudinary", "nowhere", "s3", "file"])
def test_no_error_repeats_a_password(scheme, secret):
    """Neither one that is written as it should be, nor one with characters that end the host."""
    with pytest.raises(ConfigurationError) as caught:
        from_url(f"{scheme}://key:{secret}@cloud?no_such_option=1")
    assert "ter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://bucket?secret_access_key=hunter2&region=x", "unknown option secret_access_key"),
        ("s3://bucket?endpoint=https://key:hunter2@s3.example", "endpoint must not hold a user"),
        ("az://container?account=a&endpoint=https://key:hunter2@az.example", "endpoint must not hold a user"),
        ("file:///m?public_url=https://key:hunter2@cdn.example/", "public_url must not hold a user"),
    ],
)
def test_nor_what_stands_among_its_options(url, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        from_url(url)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
