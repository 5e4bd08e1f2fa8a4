"""The templates of people's own words: what they ask for is what they need, in both languages."""

from importlib.resources import files

import pytest
from jinja2 import Environment, UndefinedError, meta

from notifier.content.language import LANGUAGES
from notifier.content.rendering import render
from shared.vocabulary import TEMPLATES

BY_US = {"name": "Ana Sousa", "dealer": "Lisboa Motors", "signature": "Rui Alves\nService Advisor"}
GREETINGS = {"en": "Dear Ana Sousa,", "pt": "Exmo.(a) Senhor(a) Ana Sousa,"}

every_template = pytest.mark.parametrize("template", TEMPLATES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_template
@every_language
def test_a_template_reads_exactly_its_parameters(template: str, language: str) -> None:
    source = files("notifier.content").joinpath(f"templates/{language}/said/{template}.txt").read_text(encoding="utf-8")
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
    folder = files("notifier.content").joinpath(f"templates/{language}/said")
    assert {entry.name.removesuffix(".txt") for entry in folder.iterdir()} == set(TEMPLATES)


def test_a_parameter_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("said/call_back", "en", BY_US)


def test_what_a_person_writes_is_not_run() -> None:
    words = render("MESSAGE", "en", {**BY_US, "text": "{{ dealer }} {% block x %}"})
    assert "{{ dealer }} {% block x %}" in words.text
