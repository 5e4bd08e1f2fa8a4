"""The templates of people's own words: what they ask for is what they need, in every language."""

import pytest
from jinja2 import Environment, UndefinedError, meta

from shared.languages.registry import language_codes, language_of
from shared.languages.renderer import render
from shared.vocabulary import TEMPLATES

BY_US = {"name": "Ana Sousa", "dealer": "Lisboa Motors", "signature": "Rui Alves\nService Advisor"}
GREETINGS = {
    "en": "Dear Ana Sousa,",
    "pt": "Exmo.(a) Senhor(a) Ana Sousa,",
    "es": "Estimado/a señor/a Ana Sousa:",
    "zh": "尊敬的Ana Sousa：",
    "ru": "Здравствуйте, Ana Sousa!",
}

every_template = pytest.mark.parametrize("template", TEMPLATES)
every_language = pytest.mark.parametrize("language", language_codes())


@every_template
@every_language
def test_a_template_reads_exactly_its_parameters(template: str, language: str) -> None:
    source = (language_of(language).folder / f"messages/said/{template}.txt").read_text(encoding="utf-8")
    assert meta.find_undeclared_variables(Environment(autoescape=True).parse(source)) == set(TEMPLATES[template])


@every_template
@every_language
def test_it_is_a_formal_letter_with_every_parameter_in_it(template: str, language: str) -> None:
    given = {name: f"<{name}>" for name in TEMPLATES[template]}
    words = render(f"said/{template}", language, {**BY_US, **given})
    lines = words.text.splitlines()
    assert lines[0] == GREETINGS[language]
    assert lines[-3:] == ["Rui Alves", "Service Advisor", "Lisboa Motors"]
    assert all(value in words.text for value in given.values())
    assert words.subject


@every_language
def test_no_template_is_forgotten(language: str) -> None:
    folder = language_of(language).folder / "messages/said"
    assert {entry.name.removesuffix(".txt") for entry in folder.iterdir()} == set(TEMPLATES)


def test_a_parameter_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("said/call_back", "en", BY_US)


def test_what_a_person_writes_is_not_run() -> None:
    words = render("MESSAGE", "en", {**BY_US, "text": "{{ dealer }} {% block x %}"})
    assert "{{ dealer }} {% block x %}" in words.text
