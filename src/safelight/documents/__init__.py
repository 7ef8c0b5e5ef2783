"""Documents: files named inside JSON are as safe as those in columns. A schema says where they are, and every one of
them is found, wherever a document has it.

::

    schema = Schema.of({"type": "dict", "keys": {"cover": {"type": "string", "format": "file-url"}}})
    schema.standard           the same in JSON Schema 2020-12, for a form         dialect, keywords, linking
    schema.files(document)    what is a file in it, with path, policy, handler    nodes, files, paths
    schema.keys(document)     its references: {"cover": "2026/11/20/….jpg"}
    schema.file_at(coords)    what may be sent to a place, whatever a client says
    schema.errors(document)   what is wrong with it, in sentences                 validation, assertions, problems
    schema.readonly_changes(old, new)                                             readonly

A schema is its developer's, and one that cannot work raises `SchemaError` when it is read. A document is anybody's: no
document makes any of these raise, or take more than time in proportion to its size.
"""

from __future__ import annotations

from .files import FileValue
from .nodes import DATA_URL, FILE_URL, FilePlace
from .paths import SEPARATOR, Steps, join, split
from .problems import SENTENCES, DocumentError
from .schema import Schema

__all__ = [
    "DATA_URL",
    "FILE_URL",
    "SENTENCES",
    "SEPARATOR",
    "DocumentError",
    "FilePlace",
    "FileValue",
    "Schema",
    "Steps",
    "join",
    "split",
]
