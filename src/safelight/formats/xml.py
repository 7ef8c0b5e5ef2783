"""The small XML lists inside of documents, read without giving their author any power over us: no entities, no depth,
and no more work than the longest honest list takes.

Source: ECMA-376 part 2, XML Usage (M1.17: UTF-8, or UTF-16 with a byte order mark; M1.18: no document type).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias
from xml.parsers import expat

from ..errors import Corrupt, TooComplex

Element: TypeAlias = Callable[[dict[str, str]], None]
"""What is called with the attributes of each element."""

_MAX_BYTES = 16_000_000
_MAX_MARKS = 250_000  # elements and attributes, into which a parser's time goes: a table with 40,000 links
_MAX_DEPTH = 8  # these lists have two levels; a parser remembers each


class Lists:
    """Reads the lists of one document, within one budget."""

    def __init__(self) -> None:
        self._bytes = _MAX_BYTES
        self._marks = _MAX_MARKS

    def read(self, pieces: Iterable[bytes], element: Element) -> None:
        """Call `element` for each element, and raise what it raises; `Corrupt` or `TooComplex` otherwise."""
        content = b"".join(self._bounded(pieces))
        self._marks -= content.count(b"<") + content.count(b"=")
        if self._marks < 0:
            raise TooComplex("its lists of parts and links are far too long")
        depth = 0

        def begins(_: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _MAX_DEPTH:
                raise TooComplex("its XML is nested without need")
            element(attributes)

        def ends(_: str) -> None:
            nonlocal depth
            depth -= 1

        def document_type(*_: object) -> None:
            raise Corrupt("its XML has a document type")  # which could define entities: a kilobyte becomes a gigabyte

        parser = expat.ParserCreate("utf-8")  # whatever else is declared: Python would ask all its codecs
        parser.StartDoctypeDeclHandler = document_type
        parser.StartElementHandler, parser.EndElementHandler = begins, ends
        try:
            parser.Parse(content, True)
        except expat.ExpatError:
            raise Corrupt("its XML is broken") from None

    def _bounded(self, pieces: Iterable[bytes]) -> Iterable[bytes]:
        for piece in pieces:
            self._bytes -= len(piece)
            if self._bytes < 0:
                raise TooComplex("its lists of parts and links are far too long")
            yield piece
