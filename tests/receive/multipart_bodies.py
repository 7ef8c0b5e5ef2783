"""Multipart bodies to test with, and what the scanner finds in them, however they are cut."""

import itertools

from safelight.errors import Refusal
from safelight.receive.multipart import Field, FileBytes, FileDone, FilePart, MultipartScanner

BOUNDARY = b"BoundaRy"
END = b"\r\n--BoundaRy--\r\n"
FILE = b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'


def body_of(*parts: bytes) -> bytes:
    return b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + BOUNDARY + b"--\r\n"


def pieces(body, cuts=()):
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    return [body[start:end] for start, end in itertools.pairwise(edges)]


def scan(body, cuts=(), **limits):
    """Fields as (name, value) and files as (part, bytes), in the order in which they end."""
    scanner = MultipartScanner(BOUNDARY, **limits)
    found, files = [], []
    for piece in pieces(body, cuts):
        for event in scanner.feed(piece):
            match event:
                case Field():
                    found.append(tuple(event))
                case FilePart(part):
                    files.append((part, bytearray()))
                case FileBytes(data):
                    files[-1][1].extend(data)
                case FileDone():
                    found.append((files[-1][0], bytes(files[-1][1])))
    assert scanner.end() == []
    return found


def outcome(*arguments, **limits):
    try:
        return scan(*arguments, **limits)
    except Refusal:
        return Refusal


def files_of(body, cuts=()):
    return [(part.name, part.filename, data) for part, data in scan(body, cuts)]
