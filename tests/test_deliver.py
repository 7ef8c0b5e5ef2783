"""Delivery: the right bytes, under headers that keep a browser from running them."""

import dataclasses
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Blob
from safelight.deliver import deliver, disposition
from safelight.errors import BadRange, StorageUnavailable, UnknownKey
from safelight.keys import new_key
from safelight.ledger import MemoryLedger
from safelight.storage import MemoryStorage
from safelight.variants import THUMBNAIL

DATA = bytes(range(256)) * 2000
BLOB = Blob("a/b.png", "default", "image/png", len(DATA), "ab" * 32, 3, 4, "kočka.png")
LAST = len(DATA) - 1


class Storage(MemoryStorage):
    """Remembers what it opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[io.BytesIO] = []

    def open(self, name, /):
        self.opened.append(super().open(name))
        return self.opened[-1]


@pytest.fixture
def storage() -> Storage:
    storage = Storage()
    storage.save(BLOB.key, io.BytesIO(DATA))
    return storage


@pytest.fixture
def get(storage):
    ledger = MemoryLedger()
    ledger.intend(BLOB.key, "default")
    ledger.ready(BLOB)
    ledger.intend("intent.png", "default")
    storage.save("intent.png", io.BytesIO(DATA))
    storage.save("stray.png", io.BytesIO(DATA))
    other = MemoryStorage()
    return lambda key=BLOB.key, **request: deliver(key, ledger, {"other": other, "default": storage}, **request)


def test_a_picture_and_its_headers(get):
    delivery = get()
    assert delivery.status == 200
    assert b"".join(delivery.body) == DATA
    assert delivery.headers == {
        "Content-Type": "image/png",
        "Content-Length": str(len(DATA)),
        "Content-Disposition": "inline; filename*=UTF-8''ko%C4%8Dka.png",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{BLOB.sha256}"',
        "Accept-Ranges": "bytes",
    }


def test_how_long_it_may_stay_in_caches_is_the_callers_choice(get):
    assert get(max_age=60).headers["Cache-Control"] == "public, max-age=60, immutable"


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=500000-", 500_000, LAST),
        (f"bytes={LAST}-", LAST, LAST),
        ("bytes=-1", LAST, LAST),
        ("bytes=-300000", len(DATA) - 300_000, LAST),
        ("bytes=100-999999999", 100, LAST),
        (" bytes=1-2 ", 1, 2),
    ],
)
def test_a_range(get, wanted, first, last):
    delivery = get(wanted=wanted)
    assert delivery.status == 206
    assert delivery.headers["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert delivery.headers["Content-Length"] == str(last - first + 1)
    assert b"".join(delivery.body) == DATA[first : last + 1]


@pytest.mark.parametrize(
    "wanted",
    [
        *("", "bytes=0-", "bytes=-9999999", "bytes=-", "bytes=", "bytes", "lines=1-2", "bytes=a-b", "bytes=0-1,5-6"),
        *("bytes=1 - 2", "bytes=--1", "bytes=0-1\n,2", "bytes=" + "9" * 40 + "-"),
    ],
)
def test_what_is_no_single_range_is_the_whole_file(get, wanted):
    delivery = get(wanted=wanted)
    assert (delivery.status, delivery.headers["Content-Length"]) == (200, str(len(DATA)))
    assert "Content-Range" not in delivery.headers
    assert b"".join(delivery.body) == DATA


@pytest.mark.parametrize("wanted", [f"bytes={len(DATA)}-", "bytes=512000-512001", "bytes=-0", "bytes=9999999-"])
def test_a_range_outside_of_the_file_is_refused(get, storage, wanted):
    with pytest.raises(BadRange) as refusal:
        get(wanted=wanted)
    assert refusal.value.numbers == {"size": len(DATA)}
    assert storage.opened == []


@given(st.text("bytes=-,0123456789 \u0663", max_size=20) | st.from_regex(r"bytes=\d{0,7}-\d{0,7}", fullmatch=True))
def test_any_range_is_bytes_of_the_file_or_a_refusal(wanted):
    ledger, storage = MemoryLedger(), MemoryStorage()
    ledger.blobs[BLOB.key] = BLOB
    storage.files[BLOB.key] = DATA
    try:
        delivery = deliver(BLOB.key, ledger, {"default": storage}, wanted=wanted)
    except BadRange:
        return
    body = b"".join(delivery.body)
    assert len(body) == int(delivery.headers["Content-Length"]) > 0
    assert body in DATA


def test_head_has_the_headers_and_no_body(get, storage):
    delivery = get(head=True)
    assert delivery.headers == get().headers
    assert list(delivery.body) == []
    assert len(storage.opened) == 1, "HEAD opens nothing"


def test_head_knows_no_ranges(get):
    """RFC 9110, 14.2: a Range with any method but GET is ignored."""
    assert get(head=True, wanted="bytes=0-9").headers == get().headers
    assert get(head=True, wanted="bytes=9999999-").status == 200


TAG = f'"{BLOB.sha256}"'


@pytest.mark.parametrize("etags", [TAG, f"W/{TAG}", f'"x", {TAG}', f'"x",{TAG} , "y"', "*", " * "])
def test_what_the_client_has_is_not_sent_again(get, storage, etags):
    for request in ({}, {"head": True}, {"wanted": "bytes=0-9"}, {"wanted": "bytes=9999999-"}):
        delivery = get(etags=etags, **request)
        assert delivery.status == 304
        assert list(delivery.body) == []
        assert delivery.headers["ETag"] == TAG
        assert "Content-Length" not in delivery.headers
    assert storage.opened == []


@pytest.mark.parametrize("etags", ["", '"x"', BLOB.sha256, TAG[:-2] + '"', '"*"'])
def test_another_tag_is_no_match(get, etags):
    assert get(etags=etags).status == 200


@pytest.mark.parametrize("key", ["nothing.png", "intent.png", "stray.png", "../a/b.png", "a/b.png\0", ""])
def test_only_what_the_ledger_calls_ready_is_delivered(get, key):
    with pytest.raises(UnknownKey):
        get(key)


def test_bytes_that_are_gone_are_unknown_and_a_storage_that_is_down_says_so(get, storage, monkeypatch):
    storage.delete(BLOB.key)
    with pytest.raises(UnknownKey):
        get()

    def down(name):
        raise StorageUnavailable("down")

    monkeypatch.setattr(storage, "open", down)
    with pytest.raises(StorageUnavailable):
        get()


@pytest.mark.parametrize(
    "name", ['a";x="b', "a\r\nSet-Cookie: x=1", "a; filename=b.html", "a%0d%0a", "č'*", "😀", "a\\b", "a,b"]
)
def test_no_name_ends_the_header(name):
    header = disposition(dataclasses.replace(BLOB, filename=name))
    start, _, rest = header.partition("UTF-8''")
    assert start == "inline; filename*="
    assert rest.isascii()
    assert not set(rest) & set("\"'\r\n;,\\ *")


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "application/pdf"])
def test_what_is_not_a_plain_picture_is_a_download(media_type):
    assert disposition(dataclasses.replace(BLOB, media_type=media_type, filename="")) == "attachment"


@pytest.mark.parametrize("read", [0, 1, 100])
def test_who_sends_it_can_close_it_at_any_time(get, storage, read):
    body = get().body
    for _ in zip(range(read), body, strict=False):
        pass
    body.close()
    assert storage.opened[0].closed


def test_the_body_comes_in_pieces(get):
    assert max(map(len, get().body)) < len(DATA)


class TestAThumbnail:
    SMALL = b"RIFF....WEBPVP8 a small picture"

    @pytest.fixture
    def picture(self) -> Blob:
        key = new_key("a", "png", datetime.now(UTC))
        return dataclasses.replace(BLOB, key=key, thumbnail_size=len(self.SMALL))

    @pytest.fixture
    def get(self, storage, picture):
        ledger = MemoryLedger()
        ledger.intend(picture.key, "default")
        ledger.ready(picture)
        storage.save(picture.key, io.BytesIO(DATA))
        storage.save(THUMBNAIL.key(picture.key), io.BytesIO(self.SMALL))
        small = THUMBNAIL.key(picture.key)
        return lambda key=small, **request: deliver(key, ledger, {"default": storage}, **request)

    def test_has_the_headers_of_its_picture_and_its_own_facts(self, get, picture):
        delivery, original = get(), get(picture.key)
        assert b"".join(delivery.body) == self.SMALL
        assert delivery.headers == original.headers | {
            "Content-Type": "image/webp",
            "Content-Length": str(len(self.SMALL)),
            "Content-Disposition": "inline; filename*=UTF-8''ko%C4%8Dka.webp",
            "ETag": f'"{picture.sha256}.thumbnail"',
        }
        original.body.close()

    def test_head_and_ranges(self, get, storage):
        assert get(head=True).headers == get().headers
        assert len(storage.opened) == 1, "HEAD opens nothing"
        delivery = get(wanted="bytes=4-7")
        assert (delivery.status, b"".join(delivery.body)) == (206, self.SMALL[4:8])
        assert delivery.headers["Content-Range"] == f"bytes 4-7/{len(self.SMALL)}"
        with pytest.raises(BadRange):
            get(wanted=f"bytes={len(self.SMALL)}-")

    def test_is_told_from_its_picture_by_its_tag(self, get, picture, storage):
        tag = get(head=True).headers["ETag"]
        assert get(etags=tag).status == 304
        assert get(etags=f'"{picture.sha256}"').status == 200
        assert get(picture.key, etags=tag).status == 200

    def test_that_the_ledger_does_not_know_is_not_delivered_whatever_lies_there(self, storage, picture):
        ledger = MemoryLedger()
        storage.save(THUMBNAIL.key(picture.key), io.BytesIO(b"what could not be deleted"))
        with pytest.raises(UnknownKey):
            deliver(THUMBNAIL.key(picture.key), ledger, {"default": storage})
        ledger.intend(picture.key, "default")
        with pytest.raises(UnknownKey):
            deliver(THUMBNAIL.key(picture.key), ledger, {"default": storage})
        ledger.ready(dataclasses.replace(picture, thumbnail_size=None))
        with pytest.raises(UnknownKey):
            deliver(THUMBNAIL.key(picture.key), ledger, {"default": storage})
        assert storage.opened == []

    def test_of_a_file_that_is_not_ours_there_is_none(self, get, storage):
        """It may be called as a thumbnail would be; then it is looked up under its own name."""
        for key in (THUMBNAIL.key(BLOB.key), THUMBNAIL.suffix, THUMBNAIL.key("x" * 29 + ".png")):
            with pytest.raises(UnknownKey):
                get(key)

    def test_whose_bytes_are_gone_is_unknown(self, get, storage, picture):
        storage.delete(THUMBNAIL.key(picture.key))
        with pytest.raises(UnknownKey):
            get()
