"""The lint of messages: every shipped one passes in every language and form, and every fault is told."""

from datetime import UTC, datetime

import pytest
from jinja2 import Environment, nodes

from shared.languages.message_lint import LONGEST_PARTS, lint_message
from shared.languages.message_types import VARIABLES, find_template, specimen
from shared.languages.registry import language_codes, language_of
from shared.languages.renderer import LAYOUTS, Form, render
from shared.languages.text_messages import count_parts, is_gsm7, plain_punctuation

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
every_language = pytest.mark.parametrize("language", language_codes())
every_message = pytest.mark.parametrize("name", VARIABLES)


def body(text: str) -> str:
    return (
        f'{{% extends "letter.txt" %}}{{% block subject %}}News{{% endblock %}}{{% block body %}}{text}{{% endblock %}}'
    )


@every_message
@every_language
def test_every_shipped_message_passes(name: str, language: str) -> None:
    file = language_of(language).folder / "messages" / f"{name}.txt"
    assert lint_message(name, language_of(language), file.read_text(encoding="utf-8")) == []


@every_message
@every_language
@pytest.mark.parametrize("form", LAYOUTS)
def test_every_message_is_greeted_signed_and_said_in_words(name: str, language: str, form: Form) -> None:
    words = render(name, language, specimen(name, language, NOON), form)
    lines = words.text.splitlines()
    assert words.given["name"] in lines[0]
    assert lines[-1] == words.given["dealer"]
    assert "2026-11" not in words.text
    assert "{" not in words.text


@pytest.mark.parametrize(
    "text",
    ["We answer by {{ answer_by or 'noon' }}.", "{% if 4 is divisibleby 2 and dealer is defined %}Soon.{% endif %}"],
)
def test_what_is_right_passes(text: str) -> None:
    assert lint_message("ACK", language_of("en"), body(text)) == []


def guarded(name: str) -> set[str]:
    """What the shipped message asks for before it says it."""
    source = (language_of("en").folder / "messages" / f"{name}.txt").read_text(encoding="utf-8")
    tree = Environment().parse(source)
    asked = [one.test for one in tree.find_all(nodes.If)] + [one.left for one in tree.find_all(nodes.Or)]
    of_items = {f"item.{one.attr}" for one in asked if isinstance(one, nodes.Getattr)}
    return of_items | {one.name for one in asked if isinstance(one, nodes.Name)}


@every_message
def test_what_a_shipped_message_guards_must_be_guarded_in_others(name: str) -> None:
    for one in sorted(guarded(name)):
        said = f"{{{{ {one} }}}}"
        text = f"{{% for item in items %}}{said}{{% endfor %}}" if one.startswith("item.") else said
        assert "it says None where a value is not known" in lint_message(name, language_of("en"), body(text)), one


def test_messages_guard_what_may_be_unknown() -> None:
    assert guarded("PARTS") == {"plate", "day"}
    assert guarded("OFFERED") == {"customer", "due"}
    assert guarded("BUNDLE") == {"item.customer", "item.due"}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (body("{{ answer_at }}"), "answer_at is unknown"),
        (body("{{ title }}"), "title is unknown"),
        (body("{% if %}"), "line 1: Expected an expression"),
        (body("{{ dealer.__class__ }}"), "__class__ is not allowed"),
        (body("{{ dealer.upper() }}"), "Call is not allowed"),
        (body("{% set x = 1 %}{{ x }}"), "Assign is not allowed"),
        (body("{% include 'letter.txt' %}"), "Include is not allowed"),
        (body("{{ 'a' * 100000 }}"), "Mul is not allowed"),
        (body("{{ dealer | replace('a', 'b') }}"), "the filter replace is not allowed"),
        (body("{% for one in dealer %}{{ one }}{% endfor %}"), "a loop goes over items"),
        (body("By {{ answer_by }}"), "it says None"),
        (body("{% if answer_by %}{{ name }}{% endif %}"), "it says None"),
        (body("{% if 4 is divisibleby 0 %}x{% endif %}"), "the test divisibleby is not allowed"),
        (body("{% if 4 is divisibleby dealer %}x{% endif %}"), "the test divisibleby is not allowed"),
        (body("{% if 4 is divisibleby %}x{% endif %}"), "the test divisibleby is not allowed"),
        (body("{% if dealer is sameas dealer %}x{% endif %}"), "the test sameas is not allowed"),
        (body("{% if dealer is odd %}x{% endif %}"), "as letter: "),
        (body("{% if 3 in 4 %}x{% endif %}"), "as letter: "),
        (body("{{ " + "(" * 900 + "dealer" + ")" * 900 + " }}"), "nested too deep"),
        (body("Chamada ñ 中"), "text messages cannot hold 中"),
        (body("word " * 300), f"more than {LONGEST_PARTS}"),
        ("{% block subject %}a{% endblock %}{% block body %}b{% endblock %}", "it does not begin with"),
        (
            '{% extends "short.txt" %}{% block subject %}a{% endblock %}{% block body %}b{% endblock %}',
            "not begin with",
        ),
        ('{% extends "letter.txt" %}{% block body %}b{% endblock %}', "the blocks subject and body"),
    ],
)
def test_every_fault_is_told(source: str, problem: str) -> None:
    found = lint_message("ACK", language_of("en"), source)
    assert any(problem in one for one in found), found


def test_languages_outside_of_the_gsm_alphabet_keep_their_signs() -> None:
    assert lint_message("ACK", language_of("zh"), body("已收到。")) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("中" * 134, 2),
        ("中" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_a_text_message_is_counted_as_providers_do(text: str, parts: int) -> None:
    assert count_parts(text) == parts


def test_typographic_signs_do_not_cost_the_gsm_alphabet() -> None:
    assert plain_punctuation("“Yes” – it’s 1:44\u202fPM…") == '"Yes" - it\'s 1:44 PM...'
    assert plain_punctuation("“Não”") == "“Não”"
    assert is_gsm7("Grüße, señor: 100 € [x]")


def test_people_name_their_own_templates_without_a_folder() -> None:
    assert find_template("call_back") == "said/call_back"
    assert find_template("ACK") == "ACK"
    assert find_template("nothing") is None
