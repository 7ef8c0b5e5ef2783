"""Text formats: what browsers and django-jsonform write is taken, and no address runs as a script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.json_schemas import calls

from safelight.documents.text_formats import TEXT_FORMATS


def fits(format, text):
    return TEXT_FORMATS[format][0](text)


@pytest.mark.parametrize(
    ("format", "good", "bad"),
    [
        (
            "email",
            ["a@b.de", "jane.doe+x@sub.example.com", "müller@straße.example", "o'neil@example.co.uk"],
            ["a", "a@b", "@b.de", "a@", "a b@c.de", "a@b..de", ".a@b.de", "a@b@c.de", "a@b.de,c@d.de", "<a@b.de>"],
        ),
        (
            "email",
            [],
            ["a@b.de\n", "a\n@b.de", "a@b.de\r\nBcc: x@y.de", "x" * 400 + "@b.de"],
        ),
        (
            "date",
            ["2026-11-20", "2024-02-29", "0001-01-01"],
            ["20261120", "2026-W47-5", "2026-02-29", "2026-13-01", "20.11.2026", "2026-11-20T00:00", "٢٠٢٦-11-20"],
        ),
        (
            "time",
            ["16:30", "16:30:00", "16:30:00.123", "16:30:00Z", "16:30:00+02:00"],
            ["4:30", "16:60", "25:00", "163000", "4:30 pm", "16:30 ", "16:30:00+2"],
        ),
        (
            "date-time",
            ["2022-02-06T15:42:11.000+00:00", "2026-11-20T16:30", "2026-11-20 16:30:00", "2026-11-20T16:30:00Z"],
            ["2026-11-20", "16:30", "2026-11-20T25:00", "2026-02-30T10:00", "2026-11-20T16:30:00 Z"],
        ),
        (
            "uri",
            ["https://example.com/", "http://localhost:8000/a?b=c#d", "mailto:a@b.de", "HTTPS://example.com"],
            ["/about/", "example.com", "http:", "https:///x", "http://[::1", "https://a b/", "https://a/\n", "#a"],
        ),
        (
            "uri",
            [],
            [
                "javascript:alert(1)",
                "JavaScript:alert(1)",
                " javascript:alert(1)",
                "java\tscript:alert(1)",
                "vbscript:x",
            ],
        ),
        (
            "uri",
            [],
            ["\x01javascript:alert(1)", "data:text/html,<script>", 'https://a/"onclick="', "https://a/<b>", ""],
        ),
        (
            "uri-reference",
            ["/about/", "about", "#top", "?page=2", "//example.com/x", "https://example.com/"],
            ["javascript:alert(1)", "a b", "java\nscript:x", "data:,x"],
        ),
        ("color", ["#8a2be2", "#FFF", "#000000"], ["red", "8a2be2", "#8a2be", "#8a2be2ff", "#ggg", "#٣٣٣", "#fff\n"]),
    ],
)
def test_what_a_format_takes(format, good, bad):
    assert [text for text in good if not fits(format, text)] == []
    assert [text for text in bad if fits(format, text)] == []


@given(st.text() | st.text("0123456789:-+TZ. @#/[]abcscript"))
def test_no_text_raises(text):
    for fits, _ in TEXT_FORMATS.values():
        assert fits(text) in (True, False)


@pytest.mark.parametrize("unit", ["a", "a.", "a@", "@", "1", "2026-11-20", "http://", "#f", ":", "[", "-", "~", "%"])
def test_long_texts_do_not_take_long(unit):
    """A regular expression that tries again and again would not return from a million characters."""
    for fits, _ in TEXT_FORMATS.values():
        assert calls(lambda: fits(unit * 1_000_000)) < 200  # noqa: B023
