"""The words of every notice: complete in both languages, formal, and in nobody's power to abuse."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from notifier.content.language import LANGUAGES, format_moment, language_of
from notifier.content.rendering import render, word
from notifier.notifications.types import NOTICES
from shared.lifecycle import DECLINE_REASONS

PARAMS = {
    "name": "Ana Sousa",
    "dealer": "Lisboa Motors",
    "signature": "Rui Alves\nService Advisor",
    "answer_by": "Monday, 10:30",
    "happened_at": "Monday, 10:00",
    "plate": "AA-00-BB",
    "title": "Diagnose the fault",
    "what": "the first answer to a customer",
    "customer": "Ana Sousa",
    "due": "Monday, 11:00",
    "by": "Rui Alves",
    "reason": "busy",
    "text": "The part has come.",
    "items": [
        {"subject": "Due soon", "customer": None, "due": "Monday, 11:00"},
        {"subject": "Escalated", "customer": "Ana Sousa", "due": None},
    ],
}
GREETINGS = {
    "en": ("Dear Ana Sousa,", "Dear Sir or Madam,"),
    "pt": ("Exmo.(a) Senhor(a) Ana Sousa,", "Exmo.(a) Senhor(a),"),
}
CLOSINGS = {"en": "Yours faithfully,", "pt": "Com os melhores cumprimentos,"}

every_notice = pytest.mark.parametrize("notice", [*NOTICES, "BUNDLE"])
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_notice
@every_language
def test_the_greeting_is_formal_and_the_dealer_signs(notice: str, language: str) -> None:
    lines = render(notice, language, PARAMS).text.splitlines()
    assert lines[0] == GREETINGS[language][0]
    assert lines[-4:] == [CLOSINGS[language], "Rui Alves", "Service Advisor", "Lisboa Motors"]


@every_notice
@every_language
def test_a_stranger_is_greeted_formally_too(notice: str, language: str) -> None:
    lines = render(notice, language, {**PARAMS, "name": None, "signature": ""}).text.splitlines()
    assert lines[0] == GREETINGS[language][1]
    assert lines[-2:] == [CLOSINGS[language], "Lisboa Motors"]


@every_notice
@every_language
def test_the_words_read_on_without_what_is_unknown(notice: str, language: str) -> None:
    unknown = dict.fromkeys(("answer_by", "plate", "customer", "by", "reason"))
    words = render(notice, language, {**PARAMS, **unknown})
    assert "None" not in words.text + words.subject
    assert "  " not in words.text
    assert "\n\n\n" not in words.text


def test_an_acknowledgement_names_the_answer_time_only_where_one_runs() -> None:
    assert "Monday, 10:30" in render("ACK", "en", PARAMS).text
    assert "by" not in render("ACK", "en", {**PARAMS, "answer_by": None}).text.split("\n\n")[1]


def test_a_missing_parameter_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("OFFERED", "en", {name: value for name, value in PARAMS.items() if name != "title"})


def test_a_name_cannot_break_out_of_the_subject() -> None:
    words = render("OFFERED", "en", {**PARAMS, "title": "x\r\nBcc: all@example.com"})
    assert "\n" not in words.subject
    assert "\r" not in words.subject


def test_what_a_name_holds_is_not_run() -> None:
    assert "{{ dealer }}" in render("ACK", "en", {**PARAMS, "name": "{{ dealer }}"}).text


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("pt-PT", "en"), "pt-PT"),
        ((None, "pt-PT"), "pt-PT"),
        (("de-DE", "pt-PT"), "pt-PT"),
        (("de-DE", None), "en"),
        (("en-GB", "pt-PT"), "en-GB"),
    ],
)
def test_the_recipients_language_then_the_dealers_then_english(tags: tuple[str | None, ...], expected: str) -> None:
    assert language_of(*tags) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("pt-PT", "segunda-feira, 23 de novembro de 2026, 10:30"),
        ("en", "Monday, 23 November 2026, 10:30"),
        ("en-US", "Monday, November 23, 2026, 10:30\u202fAM"),
        ("pt-XX", "segunda-feira, 23 de novembro de 2026, 10:30"),
    ],
)
def test_a_moment_reads_as_it_does_where_the_recipient_is(tag: str, expected: str) -> None:
    assert format_moment(datetime(2026, 11, 23, 10, 30, tzinfo=UTC), ZoneInfo("Europe/Lisbon"), tag) == expected


@every_language
def test_every_clock_and_reason_has_a_word(language: str) -> None:
    targets = ("acknowledgement", "first_response", "next_response", "resolution", "acceptance", "promise")
    assert all(word("targets", target, language) != target for target in targets)
    assert all(word("reasons", reason, language) for reason in (*DECLINE_REASONS, "silence"))
    assert word("reasons", "not known", language) == "not known"
