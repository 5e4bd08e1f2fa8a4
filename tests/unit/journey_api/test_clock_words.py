"""How a clock came to be due, in words of each language."""

from datetime import date, datetime, timedelta

import pytest
from clock_builders import HOUR, Clock, at, calendar, policy, words

from journey_api.cases.clock_days import shares_of
from journey_api.cases.clock_parts import Running
from journey_api.cases.clock_words import in_words, span_text
from journey_api.cases.timeline_words import LANGUAGES
from shared.calendar.business_time import add, biz
from shared.calendar.durations import BusinessDays
from shared.calendar.opening_hours import Calendar, always_open
from shared.sla.engine import timer as machine

FRIDAY_EVENING = "2026-11-20 18:10"


def told(clock: Clock, language: str = "en") -> str:
    return in_words(clock.timer, clock.rows, words(language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "2 h from Fri 18:10: 50 min Friday, 70 min Monday from 09:00"),
        ("pt", "2 h a contar de sex. 18:10: 50 min sexta-feira, 70 min segunda-feira a partir das 09:00"),
        ("es", "2 h desde vie 18:10: 50 min el viernes, 70 min el lunes desde las 09:00"),
        ("zh", "自周五 18:10起 2 小时：星期五 50 分钟，星期一 09:00 起 70 分钟"),
        ("ru", "2 ч, считая с пт 18:10: пятница – 50 мин, понедельник с 09:00 – 70 мин"),
    ],
)
def test_days_are_told_with_the_time_on_each(language: str, text: str) -> None:
    assert told(Clock("PT2H", FRIDAY_EVENING), language) == text


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("2026-11-20 12:30", "1 h from Fri 12:30: 60 min Friday"),
        ("2026-11-21 11:00", "1 h from Sat 11:00: 60 min Monday from 09:00"),
        ("2026-11-20 18:00", "1 h from Fri 18:00: 60 min Friday"),
        ("2026-11-20 19:00", "1 h from Fri 19:00: 60 min Monday from 09:00"),
    ],
)
def test_lunch_is_left_out_and_a_closed_start_begins_at_the_opening(start: str, text: str) -> None:
    assert told(Clock("PT1H", start)) == text.replace("60 min", "1 h")


def test_around_the_clock_is_said_so() -> None:
    clock = Clock("PT15M", FRIDAY_EVENING, hours=always_open(calendar().zone))
    assert told(clock) == "15 min from Fri 18:10: around the clock, until Fri 18:25"


def test_a_pause_is_told_where_it_was() -> None:
    clock = Clock("PT4H", "2026-11-20 16:00").paused("2026-11-20 17:00", "2026-11-23 10:00")
    assert told(clock) == "4 h from Fri 16:00: 1 h Friday, stood still from Fri 17:00 to Mon 10:00, 3 h Monday"
    assert clock.timer.due_at == at("2026-11-23 13:00")


def test_a_clock_that_stands_still_says_what_is_left() -> None:
    clock = Clock("PT2H", "2026-11-20 16:00").paused("2026-11-20 16:30")
    assert told(clock) == "2 h from Fri 16:00: 30 min Friday, stands still since Fri 16:30, 90 min left"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"days": 1}, "the next open day after Fri 18:10, by closing: Mon 19:00"),
        ({"days": 2, "by": "16:00"}, "the open day number 2 after Fri 18:10, by 16:00: Tue 16:00"),
        ("P1D", "1 day after Fri 18:10, at the same local time: Sat 18:10"),
        ("P1M", "1 month after Fri 20 Nov, 18:10, at the same local time: Sun 20 Dec, 18:10"),
    ],
)
def test_targets_in_days(target: object, text: str) -> None:
    assert told(Clock(target, FRIDAY_EVENING)) == text


def test_a_target_in_days_says_by_how_much_a_pause_moved_it() -> None:
    clock = Clock({"days": 1, "by": "12:00"}, FRIDAY_EVENING).paused("2026-11-20 18:20", "2026-11-24 10:00")
    assert told(clock).endswith("by 12:00: Wed 12:00, 2 open days later because it stood still")


def test_a_promise_names_its_instant() -> None:
    clock = Clock("PT1H", FRIDAY_EVENING, due_at=at("2026-11-23 15:00"))
    assert clock.timer.fixed
    assert told(clock) == "Mon 15:00, the instant that was given"


def test_a_long_span_is_summed_up() -> None:
    clock = Clock("PT90H", FRIDAY_EVENING)
    (first, rest) = shares_of(Running(clock.timer.started_at, clock.timer.due_at, calendar()))
    assert first.counted == 50 * HOUR / 60
    assert first.counted + rest.counted == 90 * HOUR
    assert rest.days == 10
    assert "on 10 more open days, up to" in told(clock)


@pytest.mark.parametrize("hours", [1, 9, 26, 27, 28, 36, 90, 1_500])
@pytest.mark.parametrize("start", [FRIDAY_EVENING, "2026-11-21 03:00", "2026-03-27 18:30", "2026-10-23 09:00"])
def test_the_shares_of_a_stretch_are_all_of_it(hours: int, start: str) -> None:
    open_hours = calendar(exceptions={"2026-11-25": [], "2026-03-29": [["00:00", "24:00"]]})
    begins = at(start)
    ends = add(open_hours, begins, hours * HOUR)
    shares = shares_of(Running(begins, ends, open_hours))
    assert sum((share.counted for share in shares), timedelta()) == hours * HOUR
    assert sum(getattr(share, "days", 1) for share in shares) == len(days_open(open_hours, begins, ends))


def days_open(hours: Calendar, begins: datetime, ends: datetime) -> set[date]:
    """Every local date with open time of a stretch, walked by quarters of an hour."""
    found, one = set(), begins
    while one < ends:
        later = min(one + HOUR / 4, ends)
        if biz(hours, one, later):
            found.add(one.astimezone(hours.zone).date())
        one = later
    return found


def test_a_migration_is_told_where_it_came() -> None:
    clock = Clock("PT2H", FRIDAY_EVENING)
    clock.then(machine.migrate_policy(clock.timer, policy("PT3H"), at("2026-11-23 09:30")))
    assert told(clock) == (
        "3 h from Fri 18:10: 50 min Friday, 30 min Monday from 09:00, "
        "from Mon 09:30 by other hours or another target, 100 min Monday"
    )


def test_a_reopened_clock_says_what_it_was_left() -> None:
    clock = Clock("PT2H", FRIDAY_EVENING, snapshot=policy("PT2H", full=BusinessDays(2)))
    assert told(clock).startswith("2 h left of 2 open days from Fri 18:10: 50 min Friday")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_every_kind(language: str) -> None:
    clocks = [
        Clock("PT90H", FRIDAY_EVENING).paused("2026-11-23 10:00", "2026-11-23 11:00"),
        Clock("PT2H", FRIDAY_EVENING).paused("2026-11-23 09:05"),
        Clock({"days": 5}, FRIDAY_EVENING).paused("2026-11-23 10:00", "2026-11-30 11:00"),
        Clock("P1M", FRIDAY_EVENING),
        Clock("PT1H", FRIDAY_EVENING, due_at=at("2026-11-23 15:00")),
        Clock("PT15S", FRIDAY_EVENING, hours=always_open(calendar().zone)),
        Clock("PT2H", FRIDAY_EVENING, snapshot=policy("PT2H", full=BusinessDays(2))),
    ]
    sentences = [told(clock, language) for clock in clocks]
    assert len(set(sentences)) == len(clocks)
    assert all("{" not in sentence for sentence in sentences)
    if language != "en":
        assert not set(sentences) & {told(clock) for clock in clocks}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 min"), (15, "15 s"), (90, "1 min 30 s"), (3_600, "1 h"), (4_200, "70 min"), (7_800, "2 h 10 min")],
)
def test_spans(seconds: int, text: str) -> None:
    assert span_text(timedelta(seconds=seconds), words()) == text
