"""The properties that `python3 dev.py fuzz` looks for counterexamples to, without a fuzzer: they hold for what each
walker's target begins with, and for a few hundred changes to it, which are the same every time."""

from random import Random

import pytest
from fuzz.mutations import mutate, scramble
from fuzz.properties import check
from fuzz.walkers import MAX_BYTES, walkers

from safelight.formats import FORMATS

WALKERS = walkers()
SMALL = 20_000
MUTATIONS = 300


@pytest.fixture(params=WALKERS.values(), ids=WALKERS)
def walker(request):
    return request.param


def test_every_format_has_a_target():
    assert {media_type for walker in WALKERS.values() for media_type in walker.media_types} == set(FORMATS)


def test_what_fuzzing_begins_with(walker):
    accepted = [data for data in walker.seeds() if check(data)]
    assert accepted
    container = walker.known.container
    for data in accepted if container else ():
        assert check(container.join(container.settle(container.split(data, container.start(data)))))


def test_small_changes(walker):
    random = Random(walker.name)
    seeds = [data for data in walker.seeds() if len(data) < SMALL]
    accepted = 0
    for _ in range(MUTATIONS):
        data = random.choice(seeds)
        for _ in range(random.randint(1, 3)):
            data = mutate(data, walker.known.container, scramble(random), random, MAX_BYTES)
        accepted += check(data) is not None
    assert 0 < accepted < MUTATIONS
