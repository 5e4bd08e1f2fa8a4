"""The console's texts: each language has every one, with the same values to put in, and pages hold no other text."""

import re
from importlib.resources import files
from string import Formatter

import pytest
from babel import Locale

from journey_api.console.catalogue import LANGUAGES, Text, catalogue
from journey_api.console.fact_fields import choices_of
from shared.playbook.fact_types import FACT_KINDS
from shared.playbook.ruleset.loader import load_playbook

_TEMPLATES = files("journey_api.console").joinpath("templates")
_ALLOWED = frozenset({"Handoff", "H", "J", "K", "C", "W", "O", "A", "D", "E", "P", "/", "?", "OpenAPI", "AsyncAPI"})
"""The name of the product, and keys of the keyboard."""

_MARKUP = re.compile(r'&\w+;.*|[a-z]*-[a-z-]+(="[^"]*"?)?')
"""A character written as an entity, and an attribute that a macro writes."""


def forms(text: Text) -> dict[str, str]:
    return {"": text} if isinstance(text, str) else dict(text)


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_of_the_english_one(language: str) -> None:
    assert catalogue(language).texts.keys() == catalogue("en").texts.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_takes_the_same_values(language: str) -> None:
    english = catalogue("en").texts
    for key, text in catalogue(language).texts.items():
        wanted = set.union(*(values(one) for one in forms(english[key]).values()))
        for form, one in forms(text).items():
            assert values(one) == wanted, (key, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_texts_have_the_forms_of_the_language(language: str) -> None:
    rule = Locale.parse(language).plural_form
    needed = {str(rule(count)) for count in range(200)}
    for key, text in catalogue(language).texts.items():
        if not isinstance(text, str):
            assert needed <= text.keys(), key


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_language_is_not_english_left_untranslated(language: str) -> None:
    english = catalogue("en").texts
    own = catalogue(language).texts
    sentences = [key for key, text in english.items() if isinstance(text, str) and len(text.split()) > 3]
    assert [key for key in sentences if own[key] == english[key]] == []


def texts_of(template: str) -> list[str]:
    """What a template would show by itself: what stands between tags and in attributes people are read."""
    bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "\x01", template, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', bare)
    shown = re.sub(r"<[^>]*>", "\x01", bare)
    words = [word.strip(" ·") for text in [*spoken, shown] for word in re.split(r"[\x01\n]", text)]
    return [word for word in words if re.search(r"[^\W\d_]", word) and not _MARKUP.fullmatch(word)]


@pytest.mark.parametrize("name", sorted(one.name for one in _TEMPLATES.iterdir() if one.name.endswith(".html")))
def test_a_template_holds_no_text_of_its_own(name: str) -> None:
    found = texts_of(_TEMPLATES.joinpath(name).read_text(encoding="utf-8"))
    assert [text for text in found if text not in _ALLOWED] == []


def test_text_outside_the_catalogue_would_be_found() -> None:
    assert texts_of('<p aria-label="Close">{{ t("x") }} Hello</p>') == ["Close", "Hello"]


def test_a_language_without_texts_of_the_console_reads_in_english() -> None:
    assert catalogue("nl").texts == catalogue("en").texts
    assert catalogue("nl").language == "nl"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_a_fact_may_have_is_named(language: str) -> None:
    named = load_playbook().texts
    for path in FACT_KINDS:
        for value in set(choices_of(path)) - {"true", "false"}:
            known = named.find("topics", value, language) or named.find("roles", value, language)
            assert known or f"fact_values.{value}" in catalogue(language), (path, value)
