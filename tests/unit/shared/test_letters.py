"""Letters as text and as HTML: what stands around their words, and that nothing filled in can become markup."""

import re
from datetime import UTC, datetime

import pytest

from shared.languages.letters import KnownFact, LetterFrame
from shared.languages.message_types import VARIABLES, specimen
from shared.languages.registry import language_codes
from shared.languages.renderer import Words, render
from shared.people.letter_frame import customer_frame, footer_of

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
OURS = LetterFrame(
    telephone="+351 210 000 000",
    website="https://lisboa-motors.example",
    address="Avenida da Liberdade 100\n1250-096 Lisboa",
    footer="Lisboa Motors, S.A.",
    preferences_url="https://handoff.example/u/token",
)
STAFF = LetterFrame(facts=(KnownFact("Vehicle", "AA-00-BB"),), task_url="https://handoff.example/tasks/T-1")


def letter(name: str = "ACK", language: str = "en", frame: LetterFrame = OURS, **given: object) -> Words:
    return render(name, language, {**specimen(name, language, NOON), **given}, "letter", frame)


def html_of(words: Words) -> str:
    assert words.html is not None
    return words.html


@pytest.mark.parametrize("language", language_codes())
@pytest.mark.parametrize("name", VARIABLES)
def test_every_message_is_html_too_with_the_same_words(name: str, language: str) -> None:
    words = letter(name, language)
    page = re.sub(r"<[^>]+>", " ", html_of(words))
    for line in words.text.splitlines():
        if not line.startswith("http") and "handoff.example" not in line:
            assert line.removeprefix("- ").replace("'", "&#39;") in page
    assert f'<html lang="{language}">' in html_of(words)


def test_nothing_is_loaded_and_nothing_runs() -> None:
    page = html_of(letter())
    assert not re.search(r"<(img|script|link|iframe|form)\b|url\(|@import|src=", page)


def test_what_is_filled_in_never_becomes_markup() -> None:
    bad = "<b onclick=x>\"'&"
    frame = LetterFrame(
        facts=(KnownFact(bad, bad),), task_url=f"https://h.example/{bad}", telephone=bad, address=bad, footer=bad
    )
    given = {"name": bad, "dealer": bad, "signature": bad, "text": bad}
    page = html_of(render("MESSAGE", "en", given, "letter", frame))
    assert "<b onclick" not in page
    assert page.count("&lt;b onclick=x&gt;&#34;&#39;&amp;") >= 8


def test_the_dealers_own_lines_stand_below_the_signature() -> None:
    below = letter().text.partition("Lisboa Motors\n\n")[2]
    assert below.splitlines() == [
        "Telephone: +351 210 000 000",
        "https://lisboa-motors.example",
        "Avenida da Liberdade 100",
        "1250-096 Lisboa",
        "Lisboa Motors, S.A.",
        "",
        "Choose how we write to you, or unsubscribe: https://handoff.example/u/token",
    ]
    assert 'href="https://handoff.example/u/token"' in html_of(letter())


def test_a_notice_to_staff_says_what_is_known_and_where_to_go_on() -> None:
    words = letter("BREACHED", frame=STAFF)
    assert "Vehicle: AA-00-BB\nOpen the task in Handoff: https://handoff.example/tasks/T-1\n" in words.text
    assert 'href="https://handoff.example/tasks/T-1"' in html_of(words)


def test_a_text_message_has_no_frame() -> None:
    words = render("ACK", "en", specimen("ACK", "en", NOON), "short", OURS)
    assert words.html is None
    assert "+351" not in words.text


@pytest.mark.parametrize(
    ("footer", "locale", "reader", "expected"),
    [
        ({"pt-PT": "em PT", "pt": "em pt", "en": "in en"}, "en", "pt-PT", "em PT"),
        ({"pt": "em pt", "en": "in en"}, "en", "pt-BR", "em pt"),
        ({"en": "in en"}, "en-GB", "ru", "in en"),
        ({"en": "in en"}, "pt", "ru", None),
        ({}, "pt", "pt", None),
    ],
)
def test_the_footer_is_in_the_readers_language(
    footer: dict[str, str], locale: str, reader: str, expected: str | None
) -> None:
    assert footer_of({"locale": locale, "sender": {"footer": footer}}, reader) == expected


def test_a_dealer_without_a_sender_has_no_lines() -> None:
    assert customer_frame({"name": "L"}, "en", None) == LetterFrame()
