"""The words of every notice: complete in every language, formal, and in nobody's power to abuse."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from notifier.notifications.types import NOTIFICATION_TYPES
from shared.languages.dates import format_day, format_moment
from shared.languages.message_types import STAFF_NOTICES
from shared.languages.registry import choose_language, find_text, language_codes, text_of
from shared.languages.renderer import render
from shared.lifecycle import DECLINE_REASONS

PARAMS = {
    "name": "Ana Sousa",
    "dealer": "Lisboa Motors",
    "signature": "Rui Alves\nService Advisor",
    "answer_by": "Monday, 10:30",
    "day": "Tuesday",
    "was": "Monday",
    "becomes": "Friday",
    "happened_at": "Monday, 10:00",
    "plate": "AA-00-BB",
    "change": "Your vehicle has been inspected.",
    "appointment": "the service of your vehicle",
    "starts_at": "Monday, 10:30",
    "occasion": "on your birthday",
    "title": "Diagnose the fault",
    "what": "the first answer to a customer",
    "customer": "Ana Sousa",
    "due": "Monday, 11:00",
    "by": "Rui Alves",
    "reason": "busy",
    "news": "is accepted",
    "happened": "Promise broken",
    "why": "The customer is a VIP.",
    "text": "The part has come.",
    "items": [
        {"subject": "Due soon", "customer": None, "due": "Monday, 11:00"},
        {"subject": "Escalated", "customer": "Ana Sousa", "due": None},
    ],
}
GREETINGS = {
    "en": ("Dear Ana Sousa,", "Dear Sir or Madam,"),
    "pt": ("Exmo.(a) Senhor(a) Ana Sousa,", "Exmo.(a) Senhor(a),"),
    "es": ("Estimado/a señor/a Ana Sousa:", "Estimado/a señor/a:"),
    "zh": ("尊敬的Ana Sousa：", "尊敬的女士/先生："),
    "ru": ("Здравствуйте, Ana Sousa!", "Здравствуйте!"),
}
CLOSINGS = {
    "en": "With kind regards,",
    "pt": "Com os melhores cumprimentos,",
    "es": "Atentamente,",
    "zh": "此致敬礼",
    "ru": "С уважением,",
}

every_notice = pytest.mark.parametrize("notification_type", [*NOTIFICATION_TYPES, "BUNDLE"])
every_language = pytest.mark.parametrize("language", language_codes())


@every_notice
@every_language
def test_the_greeting_is_formal_and_the_dealer_signs(notification_type: str, language: str) -> None:
    lines = render(notification_type, language, PARAMS).text.splitlines()
    assert lines[0] == GREETINGS[language][0]
    assert lines[-4:] == [CLOSINGS[language], "Rui Alves", "Service Advisor", "Lisboa Motors"]


@every_notice
@every_language
def test_a_stranger_is_greeted_formally_too(notification_type: str, language: str) -> None:
    lines = render(notification_type, language, {**PARAMS, "name": None, "signature": ""}).text.splitlines()
    assert lines[0] == GREETINGS[language][1]
    assert lines[-2:] == [CLOSINGS[language], "Lisboa Motors"]


@every_notice
@every_language
def test_the_words_read_on_without_what_is_unknown(notification_type: str, language: str) -> None:
    unknown = dict.fromkeys(("answer_by", "plate", "change", "day", "customer", "by", "reason"))
    words = render(notification_type, language, {**PARAMS, **unknown})
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
    ("reader", "dealer", "expected"),
    [
        ("pt-PT", {"locale": "en"}, "pt-PT"),
        ("zh_TW", {"locale": "en", "fallback_locale": "es"}, "zh_TW"),
        ("de-DE", {"locale": "pt-PT", "fallback_locale": "es"}, "es"),
        ("de-DE", {"locale": "pt-PT"}, "en"),
        (None, {"locale": "pt-PT", "fallback_locale": "es"}, "pt-PT"),
        (None, {"locale": "de-DE", "fallback_locale": "es"}, "es"),
        (None, {"locale": "de-DE"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_readers_language_else_what_the_dealer_says(
    reader: str | None, dealer: dict[str, str], expected: str
) -> None:
    assert choose_language(reader, dealer) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("pt-PT", "segunda-feira, 23 de novembro de 2026, às 13:44"),
        ("pt-XX", "segunda-feira, 23 de novembro de 2026, às 13:44"),
        ("en", "Monday, 23 November 2026 at 13:44"),
        ("en-US", "Monday, November 23, 2026 at 1:44\u202fPM"),
        ("es", "lunes, 23 de noviembre de 2026, 13:44 h"),
        ("zh-CN", "2026年11月23日星期一 13:44"),
        ("ru", "понедельник, 23 ноября 2026\u00a0года в 13:44"),
        ("de-DE", "Monday, 23 November 2026 at 13:44"),
    ],
)
def test_a_moment_reads_as_it_does_where_the_recipient_is(tag: str, expected: str) -> None:
    assert format_moment(datetime(2026, 11, 23, 13, 44, tzinfo=ZoneInfo("Europe/Lisbon")), tag) == expected


@every_language
@pytest.mark.parametrize("notice", ["PARTS", "INVITE", "STATUS"])
def test_days_of_the_week_are_in_the_form_the_sentence_asks_for(language: str, notice: str) -> None:
    """A preposition before a day would need another form: `na quarta-feira`, `no sábado`, `в среду`."""
    days = [format_day(date(2026, 12, number), language) for number in range(7, 14)]
    change = text_of("repair_changes", "expected_on", language)
    for day in days:
        given = {**PARAMS, "plate": None, "happened_at": day, "day": day, "change": change.format(day=day)}
        text = render(notice, language, given).text
        assert day in text
        assert not any(f" {word} {day}" in text for word in ("em", "в", "во", "на", "ждут")), text
        assert ".." not in text


@every_language
def test_news_of_a_repair_says_what_has_changed_or_that_it_goes_on(language: str) -> None:
    change = text_of("repair_changes", "check_in_completed", language)
    known = render("STATUS", language, {**PARAMS, "plate": None, "happened_at": "HAPPENED", "change": change}).text
    assert change in known
    assert "HAPPENED" not in known
    unknown = render("STATUS", language, {**PARAMS, "plate": None, "happened_at": "HAPPENED", "change": None}).text
    assert "HAPPENED" in unknown
    assert change not in unknown


@every_language
def test_every_clock_and_reason_has_a_word(language: str) -> None:
    targets = ("acknowledgement", "first_response", "next_response", "resolution", "acceptance", "promise")
    assert all(text_of("targets", target, language) != target for target in targets)
    assert all(find_text("decline_reasons", reason, language) for reason in (*DECLINE_REASONS, "silence"))
    assert text_of("decline_reasons", "not known", language) == "not known"


def test_every_notice_to_staff_is_known_as_one() -> None:
    notices = {one.name for one in NOTIFICATION_TYPES.values() if one.audience == "staff"}
    assert notices | {"BUNDLE"} == STAFF_NOTICES
