"""Programs that lie open in a picture: the known spellings are refused, noise is not."""

import random

import pytest
from tests.pictures import dht, jpeg, sanitised, segment

from safelight.errors import Corrupt
from safelight.formats import Span, scripts
from safelight.formats.buffer import STEP

PROGRAMS = [
    b"<?php echo 1;",
    b"<?PhP\n",
    b"<?=$_GET[0]($_POST[1]);?>",
    b"<?=`$_GET[0]`?>",
    b"<? system($_REQUEST['c']); ?>",
    b"<script>",
    b"<SCRIPT src=//x>",
    b"<script/x>",
    b"__HALT_COMPILER(); ?>",
]
HARMLESS = [
    b"",
    b"<?",
    b"<?=<=>?@ABC",
    b"<?php",
    b"<?phpt ",
    b"<?=" + bytes(range(256)) + b"$_GET",
    b"<?= $_get",
    b"<scripture>",
    b"<?xml version='1.0'?>",
]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("at", [0, 1, STEP - 128, STEP - 20, STEP - 1, STEP, 2 * STEP - 3])
def test_a_program_is_found_wherever_it_lies(program, at):
    data = bytes(at) + program + bytes(100)
    with pytest.raises(Corrupt, match="program code"):
        scripts.refuse(data, [Span(0, len(data))])


@pytest.mark.parametrize("program", PROGRAMS)
def test_only_what_is_kept_is_looked_at(program):
    data = b"before" + program + b"after"
    scripts.refuse(data, [Span(0, 6), Span(len(data) - 5, len(data))])
    with pytest.raises(Corrupt):
        scripts.refuse(data, [Span(0, 9), data[9:]])


@pytest.mark.parametrize("text", HARMLESS)
def test_what_could_be_anything_is_not_refused(text):
    scripts.refuse(text + bytes(200), [Span(0, len(text) + 200)])


def test_noise_is_not_refused():
    generator = random.Random(5)
    dark = bytes(generator.choices(range(0x38, 0x48), k=1 << 20))  # the grey values of "<?=" and their neighbours
    for data in (generator.randbytes(1 << 22), dark):
        scripts.refuse(data, [Span(0, len(data))])


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_tables_of_a_jpeg_are_looked_at(program):
    table = segment(0xDB, b"\0" + program.ljust(64, b"\1")[:64])
    with pytest.raises(Corrupt, match="program code"):
        sanitised(jpeg(tables=table + dht(0) + dht(1)))
