"""Words: the English that the core says, and the same in another language."""

import copy
import json
import re

import pytest
from tests.refusals import REFUSALS

from safelight.documents import SENTENCES, DocumentError
from safelight.http import problem
from safelight.http.texts import TEXTS
from safelight.words import Words, listed, megabytes


class Marked:
    """A language that puts what it translates into brackets, and writes numbers as Germans do."""

    def text(self, english: str, /) -> str:
        return f"[{english}]"

    def number(self, english: str, /) -> str:
        return english.replace(".", ",")


MARKED = Marked()


def test_are_english_text_that_can_be_said_again():
    words = Words("at most {limit} are accepted", limit=megabytes(2_500_000))
    assert words == "at most 2.5 MB are accepted"
    assert words.said(MARKED) == "[at most [2,5 MB] are accepted]"
    assert json.dumps({"detail": words}) == '{"detail": "at most 2.5 MB are accepted"}'
    assert copy.deepcopy(words).said(MARKED) == words.said(MARKED)


def test_a_list_is_said_with_all_that_is_in_it():
    assert listed(["GIF", "JPEG", "PNG"]) == "GIF, JPEG and PNG"
    assert listed(["GIF", "JPEG", "PNG"]).said(MARKED) == "[[GIF], [JPEG] and [PNG]]"
    assert listed(["PNG"]).said(MARKED) == "[PNG]"
    assert listed([]).said(MARKED) == "[nothing]"


def test_a_text_from_a_client_is_nobodys_to_translate_nor_a_template():
    words = Words("There is no field of this name: {name}", name="{name} {limit}")
    assert words == "There is no field of this name: {name} {limit}"
    assert words.said(MARKED) == "[There is no field of this name: {name} {limit}]"


@pytest.mark.parametrize("odd", ["{", "}", "{}", "{missing}", "{0}", "{a.b}", "{a[0]}", "{a!r:>99}"])
def test_no_brace_is_an_error(odd):
    """Whoever translates may mistype, and a project raises refusals of its own."""
    assert Words(odd, a=1) == odd
    assert Words("{a}", a=odd) == odd


def test_numbers_are_written_as_they_are_and_not_as_floats():
    assert [Words("{n}", n=number) for number in (3, 3.0, 0.1, 1e6, 12.5)] == ["3", "3", "0.1", "1000000", "12.5"]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_all_of_a_refusal_is_said(refusal):
    said = json.loads(problem.body(refusal, MARKED))
    assert said["detail"] == refusal.detail.said(MARKED)
    assert said["title"] == f"[{refusal.title}]"
    assert re.sub(r"[\[\]]", "", said["detail"]).replace(",", ".") == refusal.detail.replace(",", ".")
    assert said["code"] == refusal.code


@pytest.mark.parametrize("code", SENTENCES)
def test_all_of_a_problem_is_said(code):
    numbers = dict.fromkeys(re.findall(r"\{(\w+)\}", SENTENCES[code]), 0.5)
    message = DocumentError((), code, numbers).message
    assert message.said(MARKED) == f"[{message.replace('0.5', '0,5')}]"


def test_no_text_of_the_scripts_has_two_names_for_one_thing_in_braces():
    assert len(TEXTS) == len(set(TEXTS))
    assert not [text for text in TEXTS.values() if text.count("{") != len(re.findall(r"\{\w+\}", text))]
