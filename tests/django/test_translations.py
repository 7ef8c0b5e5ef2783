"""The catalogues have all that Safelight says, nothing else, and say the same in both languages."""

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations

import pytest
from babel.messages.catalog import Catalog
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.utils import translation
from tests.judge import ITEMS, read
from translations import build
from translations.english import english
from translations.update import is_translated
from translations.update import read as read_catalogue

from safelight import FILES, IMAGES, MB, Policy, Refusal, Upload
from safelight.django import language
from safelight.django.forms import UploadFormField
from safelight.documents import DocumentError
from safelight.formats import FORMATS
from safelight.policy import DOCUMENTS
from safelight.testing import memory_safelight

SOURCES = {path.parent.parent.name: path for path in build.catalogues()}
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
PROPER_NAMES = {format.name for format in FORMATS.values()} | {"HEIC"}

CATALOGUES = pytest.mark.parametrize("name", SOURCES)


@cache
def catalogue(name: str) -> Catalog:
    return read_catalogue(SOURCES[name])


def messages(name: str) -> list:
    return [message for message in catalogue(name) if message.id]


def forms(text: str | tuple | list) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def test_there_are_english_and_german() -> None:
    assert {"de", "en"} <= set(SOURCES)


@CATALOGUES
def test_nothing_is_missing_and_nothing_is_left_over(name: str) -> None:
    """If this fails: python3 dev.py messages"""
    known = {(*forms(message.id), message.context) for message in messages(name)}
    wanted = {(*filter(None, message[:2]), message.context) for message in english()}
    assert known == wanted
    assert not catalogue(name).obsolete


@CATALOGUES
def test_everything_is_translated_and_nothing_is_a_guess(name: str) -> None:
    assert not [message.id for message in messages(name) if not is_translated(message) or message.fuzzy]


@CATALOGUES
def test_the_same_stands_in_braces(name: str) -> None:
    """Whatever a language leaves out or invents would be missing, or stay in the sentence."""
    for message in messages(name):
        wanted = {frozenset(PLACES.findall(text)) for text in forms(message.id)}
        for text in forms(message.string):
            assert frozenset(PLACES.findall(text)) in wanted, message.id
            assert text.count("{") == len(re.findall(r"\{\w+\}", text)), message.id


@CATALOGUES
def test_sentences_end_and_begin_alike(name: str) -> None:
    for message in messages(name):
        for text, said in zip(forms(message.id), forms(message.string), strict=True):
            assert said == said.strip()
            assert (text[-1] in ".:…") == (said[-1] in ".:…"), message.id


@CATALOGUES
def test_there_is_a_form_for_each_plural(name: str) -> None:
    plurals = [message for message in messages(name) if message.pluralizable]
    assert plurals
    for message in plurals:
        assert len(message.string) == catalogue(name).num_plurals
    assert catalogue(name).plural_expr == "(n != 1)"


def test_english_says_what_the_sources_say() -> None:
    assert not [message.id for message in messages("en") if message.string != message.id]


def test_german_is_german() -> None:
    """But for names, and what has no words in it."""
    same = {message.id for message in messages("de") if message.string == message.id}
    assert same == {
        "AVIF",
        "PNG",
        "-",
        "---------",
        "Name",
        "{count} MB",
        "{count} kB",
        "{item} {number}",
        "{title}.",
    }
    assert not [
        message.id for message in messages("de") if re.search(r"\b(the|and|is|not|of|file)\b", text_of(message))
    ]


def text_of(message) -> str:
    return PLACES.sub("", " ".join(forms(message.string)).replace("„file“", ""))


@CATALOGUES
def test_what_django_reads_is_what_people_wrote(name: str) -> None:
    with SOURCES[name].with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in messages(name):
        for count, said in enumerate(forms(message.string)):
            if message.pluralizable:
                assert compiled.ngettext(*message.id, 1 + count) == said
            else:
                assert (
                    compiled.pgettext(message.context, message.id) if message.context else compiled.gettext(message.id)
                ) == said


class Strict:
    """German; what it cannot say is an error."""

    def text(self, said: str, /) -> str:
        message = catalogue("de").get(said)
        assert message is not None or said in PROPER_NAMES, said
        return said if message is None else str(message.string)

    def number(self, said: str, /) -> str:
        return said.replace(".", ",")


@pytest.mark.parametrize(
    "policy",
    [
        Policy("pictures", max_bytes=10 * MB),
        Policy("documents", types=DOCUMENTS, max_bytes=10 * MB),
        Policy("all", types=IMAGES | DOCUMENTS | FILES, max_bytes=1000, max_pixels=1000),
    ],
    ids=lambda policy: policy.name,
)
def test_all_that_hostile_files_are_refused_for_can_be_said(policy: Policy) -> None:
    safelight, refused = memory_safelight(), []
    for item in ITEMS:
        try:
            safelight.accept(Upload(io.BytesIO(read(item)), filename="file"), policy)
        except Refusal as refusal:
            refused.append(refusal)
    assert len(refused) > 50
    for refusal in refused:
        assert refusal.detail.said(Strict()) != refusal.detail
        assert Strict().text(refusal.title) != refusal.title


class TestShown:
    @pytest.fixture(autouse=True)
    def german(self) -> Iterator[None]:
        with translation.override("de"):
            yield

    def test_a_form_speaks_when_it_is_shown(self) -> None:
        """A refusal may be raised in one language and shown in another."""
        field = UploadFormField(policy=Policy("tiny", max_bytes=2_500_000))
        with translation.override("en"), pytest.raises(Exception) as refused:
            field.clean(SimpleUploadedFile("large.jpg", bytes(6_200_000)))
        assert refused.value.messages == ["Die Datei ist zu groß: Erlaubt sind höchstens 2,5 MB, es sind aber 6,2 MB."]
        with translation.override("en"):
            assert refused.value.messages == [
                "The file is too large: at most 2.5 MB are accepted and this one has 6.2 MB."
            ]

    def test_kinds_and_hints(self) -> None:
        field = UploadFormField(policy=Policy("texts", types={"text/plain", "application/pdf"}))
        assert field.widget.attrs["data-safelight-kinds"] == "PDF, reiner Text"

    def test_a_problem_of_a_document(self) -> None:
        message = DocumentError((), "too_small", {"limit": 0.5}).message
        assert language.said(message) == "Der Wert muss mindestens 0,5 sein."

    def test_what_has_no_translation_is_said_in_english(self) -> None:
        assert language.said("Nobody has said this before.") == "Nobody has said this before."

    def test_texts_of_the_scripts(self) -> None:
        assert language.texts()["chooseFile"] == "Datei auswählen"
        assert language.sentences()["required"] == "Dieses Feld ist zwingend erforderlich."
        with translation.override("en"):
            assert language.texts() == {}
            assert language.sentences() == {}

    def test_a_page_without_react_takes_them_from_a_tag(self) -> None:
        page = Template("{% load safelight %}<safelight-file-input texts='{% file_input_texts %}'>").render(Context())
        found = re.search("texts='([^']*)'", page)
        assert found
        texts = json.loads(found[1].replace("&quot;", '"').replace("&#x27;", "'"))
        assert texts["language"] == "de"
        assert texts["choose"] == "Bild auswählen"

    @pytest.mark.django_db
    def test_the_api(self, api) -> None:
        answer = api.post("/api/pictures/", {"image": "PGh0bWw+"}).json()
        assert answer["detail"] == "Das ist eine HTML-Seite; erlaubt: AVIF, GIF, JPEG, PNG und WebP."
        assert answer["image"] == [answer["detail"]]
        assert answer["code"] == "type_not_allowed"
