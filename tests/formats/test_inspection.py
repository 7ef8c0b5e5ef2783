"""Neighbouring ranges become one, and nothing else changes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.pictures import joined

from safelight.formats import Span
from safelight.formats.inspection import merged

DATA = bytes(range(256))
spans = st.tuples(st.integers(0, 256), st.integers(0, 256)).map(lambda ends: Span(*sorted(ends)))


@given(st.lists(spans | st.binary(max_size=20), max_size=6))
def test_merging_changes_nothing_but_the_count(parts):
    fewer = merged(parts)
    assert joined(DATA, fewer) == joined(DATA, parts)
    assert all(
        first.end != second.start
        for first, second in pairwise(fewer)
        if isinstance(first, Span) and isinstance(second, Span)
    )
