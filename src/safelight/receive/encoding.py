"""Which encodings of text a body may come in."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from ..errors import Malformed
from ..words import Words

_ENCODINGS = {"utf-8", "ascii", "iso8859-1", "cp1252"} | {
    f"utf-{n}{end}" for n in (16, 32) for end in ("", "-le", "-be")
}


def text_encoding(name: str) -> str:
    """`name`, if it is an encoding of text that JSON and forms do come in; else `Malformed`. Python has others: some
    inflate (zlib) and one takes quadratic time (punycode)."""
    try:
        if codecs.lookup(name).name in _ENCODINGS:
            return name
    except (LookupError, ValueError):
        pass
    raise Malformed(Words("The encoding {name} is not accepted. Send UTF-8.", name=repr(name[:40])))


def in_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """`chunks` of text in some encoding, in UTF-8. Raises `Malformed`."""
    if codecs.lookup(text_encoding(encoding)).name == "utf-8":
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise Malformed(Words("The body is not text in the encoding {name}.", name=repr(encoding))) from error
