"""Operations drawn: the hour around now with tails, marks and shut hours; rates small and many; health of channels."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from journey_api.console.catalogue import catalogue
from journey_api.console.countdown import Countdown, countdown
from journey_api.console.day_series import days_of
from journey_api.console.hour_strip import MOST_LANES, WIDTH, draw_strip
from journey_api.console.multiples import MOST, draw_multiples, goal_y
from journey_api.console.visit import percent
from journey_api.reports.channel_health import ChannelHealth
from shared.calendar.document import parse_calendar
from shared.calendar.durations import parse_target
from shared.calendar.opening_hours import Calendar, always_open
from shared.sla.types import Snapshot, Timer

LISBON = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 11, 20, 12, 47, tzinfo=UTC)
OPEN = always_open(LISBON)
MIDDAY = parse_calendar({"week": {"fri": [["09:00", "13:00"], ["14:00", "19:00"]]}}, "Europe/Lisbon", name="store")


def clock(minutes: float, **more: Any) -> Countdown:
    """A clock that is due so many minutes from now."""
    due = NOW + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "timer_id": f"t{minutes}",
        "dealer_id": "d",
        "customer_id": None,
        "case_id": "c",
        "task_id": None,
        "rule": "T-03",
        "target": "first_response",
        "subject": "case",
        "subject_id": "c",
        "cycle": 1,
        "started_at": NOW - timedelta(hours=3),
        "running_since": NOW - timedelta(hours=3),
        "due_at": due,
        "original_due_at": due,
        "policy": Snapshot(parse_target("PT2H"), OPEN),
    }
    return countdown(Timer(**{**values, **more}), NOW, LISBON, catalogue("en"))


class TestHourStrip:
    """The hour around now."""

    def test_what_is_late_lies_left_of_now_and_what_is_due_right_of_it(self) -> None:
        strip = draw_strip([("d", "Avenida", OPEN)], {"d": [clock(28), clock(-18), clock(-49)]}, NOW)
        (lane,) = strip.lanes
        assert [mark.state for mark in lane.marks] == ["breached", "breached", "warning"]
        assert [mark.x < strip.now_x for mark in lane.marks] == [True, True, False]
        assert lane.tail_x == lane.marks[0].x
        assert lane.marks[0].label == "49 min over"
        assert (lane.marks[0].ends, lane.marks[2].ends) == ("end", "start")

    def test_what_is_older_than_the_hour_is_drawn_at_its_edge_without_a_label(self) -> None:
        (lane,) = draw_strip([("d", "Avenida", OPEN)], {"d": [clock(-600)]}, NOW).lanes
        assert lane.marks[0].text_x is None
        assert lane.tail_x == lane.marks[0].x > 0

    def test_no_mark_stands_in_the_label_of_another(self) -> None:
        (lane,) = draw_strip([("d", "Avenida", OPEN)], {"d": [clock(20), clock(21), clock(50)]}, NOW).lanes
        assert [mark.label for mark in lane.marks if mark.text_x is not None] == ["13:08", "13:37"]

    def test_only_the_oldest_says_how_late_it_is_for_its_line_runs_through_the_others(self) -> None:
        (lane,) = draw_strip([("d", "Avenida", OPEN)], {"d": [clock(-40), clock(-20)]}, NOW).lanes
        assert [mark.text_x is not None for mark in lane.marks] == [True, False]

    def test_words_of_shut_hours_stand_below_the_marks_in_them(self) -> None:
        at = NOW + timedelta(minutes=80)
        (free,) = draw_strip([("d", "Avenida", MIDDAY)], {}, at).lanes
        (marked,) = draw_strip([("d", "Avenida", MIDDAY)], {"d": [clock(40)]}, at).lanes
        assert marked.shut[0].text_y > free.shut[0].text_y

    @pytest.mark.parametrize(
        ("at", "times"),
        [
            (NOW, [("13:00", None)]),
            (NOW + timedelta(minutes=43), [("13:00", "14:00")]),
            (NOW + timedelta(minutes=80), [(None, "14:00")]),
            (NOW + timedelta(hours=12), [(None, None)]),
        ],
    )
    def test_shut_hours_are_shaded_and_told(self, at: datetime, times: list[tuple[str | None, str | None]]) -> None:
        (lane,) = draw_strip([("d", "Avenida", MIDDAY)], {}, at).lanes
        assert [(one.since, one.until) for one in lane.shut] == times
        assert all(one.x > 0 and one.x + one.width <= WIDTH for one in lane.shut)

    def test_a_place_that_never_closes_has_no_shut_hours(self) -> None:
        assert draw_strip([("d", "Avenida", OPEN)], {}, NOW).lanes[0].shut == ()

    def test_with_too_many_dealers_those_with_most_clocks_are_drawn(self) -> None:
        dealers: list[tuple[str, str, Calendar]] = [(f"d{n}", f"Dealer {n}", OPEN) for n in range(MOST_LANES + 3)]
        strip = draw_strip(dealers, {"d10": [clock(-5)]}, NOW)
        assert "Dealer 10" in [lane.name for lane in strip.lanes]
        assert (len(strip.lanes), strip.left_out) == (MOST_LANES, 3)

    def test_nobody_to_draw_is_an_empty_strip(self) -> None:
        strip = draw_strip([], {}, NOW)
        assert (strip.lanes, strip.left_out) == ((), 0)


def item(key: Any, met: int, breached: int, dealer_id: str | None = None) -> dict[str, Any]:
    """An item of a summary."""
    judged = met + breached
    rate = round(met / judged, 4) if judged else None
    return {"key": key, "name": key, "dealer_id": dealer_id, "met": met, "breached": breached, "attainment": rate}


class TestMultiples:
    """Rates small and many."""

    LAST = date(2026, 11, 20)

    def test_the_last_bar_is_the_last_day_and_days_without_clocks_have_none(self) -> None:
        days = [item(["sales", "2026-11-20"], 19, 1), item(["sales", "2026-11-07"], 9, 1)]
        (one,) = draw_multiples([item("sales", 19, 1)], days, self.LAST)
        assert [bar.kind for bar in one.bars] == ["low", "today"]
        assert (one.bars[0].x, one.bars[1].x) == (1.5, 131.5)
        assert (one.rate, one.count, one.under) == (0.95, 20, False)
        assert (one.lowest, one.highest) == (0.9, 0.95)

    def test_what_is_under_the_goal_is_marked(self) -> None:
        (one,) = draw_multiples([item("a", 9, 1)], [item(["a", "2026-11-20"], 9, 1)], self.LAST)
        assert one.under
        assert [bar.kind for bar in one.bars] == ["under"]

    def test_bars_are_as_high_as_the_rate_and_never_nothing(self) -> None:
        days = [item(["a", f"2026-11-{day}"], met, 100 - met) for day, met in ((18, 0), (19, 95), (20, 100))]
        (one,) = draw_multiples([item("a", 195, 105)], days, self.LAST)
        lowest, goal, full = one.bars
        assert goal.y == goal_y()
        assert 0 < lowest.height < goal.height < full.height < 36

    def test_an_older_day_than_fourteen_is_not_drawn(self) -> None:
        (one,) = draw_multiples([item("a", 1, 0)], [item(["a", "2026-11-06"], 1, 0)], self.LAST)
        assert one.bars == ()

    def test_what_has_no_ended_clock_is_left_out_and_the_busiest_are_kept(self) -> None:
        items = [item(f"k{n:02}", n, 0) for n in range(MOST + 5)]
        keys = [one.key for one in draw_multiples(items, [], self.LAST)]
        assert keys == [f"k{n:02}" for n in range(5, MOST + 5)]

    def test_people_of_the_same_id_at_two_dealers_are_two(self) -> None:
        days = [item(["S-1", "2026-11-20"], 1, 0, "d1"), item(["S-1", "2026-11-20"], 0, 1, "d2")]
        found = draw_multiples([item("S-1", 1, 0, "d1"), item("S-1", 0, 1, "d2")], days, self.LAST)
        assert sorted(one.bars[0].kind for one in found) == ["today", "under"]


class TestDays:
    """How clocks were kept day by day."""

    def test_days_of_several_dealers_are_one_and_those_without_an_ended_clock_none(self) -> None:
        rows = [
            {"key0": date(2026, 11, 19), "met": 1, "breached": 0},
            {"key0": date(2026, 11, 20), "met": 18, "breached": 1},
            {"key0": date(2026, 11, 20), "met": 1, "breached": 0},
            {"key0": date(2026, 11, 21), "met": 0, "breached": 0},
        ]
        newest, other = days_of(rows, "en")
        assert (newest.name, newest.rate, newest.under) == ("Fri, 20 Nov 2026", 0.95, False)
        assert (other.day, other.met, other.breached) == (date(2026, 11, 19), 1, 0)


class TestChannelHealth:
    """Whether a channel works."""

    @pytest.mark.parametrize(
        ("counts", "waits", "fell", "health"),
        [
            ({"delivered": 40}, None, {}, "good"),
            ({"queued": 3}, timedelta(seconds=30), {}, "good"),
            ({"held": 2}, None, {}, "good"),
            ({"queued": 3}, timedelta(minutes=3), {}, "slow"),
            ({"delivered": 9, "failed": 1}, None, {}, "slow"),
            ({"delivered": 19, "failed": 1}, None, {}, "good"),
            ({"delivered": 1}, None, {"email": 3}, "down"),
            ({"failed": 1}, None, {}, "down"),
            ({"withdrawn": 4}, None, {}, "unused"),
        ],
    )
    def test_health_follows_what_became_of_messages(
        self, counts: dict[str, int], waits: timedelta | None, fell: dict[str, int], health: str
    ) -> None:
        channel = ChannelHealth("sms", counts, NOW - waits if waits else None, fell)
        assert channel.health(NOW) == health

    def test_arrived_is_of_those_that_were_tried(self) -> None:
        channel = ChannelHealth("sms", {"sent": 1, "delivered": 2, "read": 1, "failed": 1, "held": 7})
        assert (channel.sent, channel.arrived) == (4, 0.6)
        assert ChannelHealth("sms", {"held": 7}).arrived is None


@pytest.mark.parametrize(
    ("language", "words"), [("en", "94.6\xa0%"), ("pt", "94,6\xa0%"), ("ru", "94,6\xa0%"), ("zh", "94.6\xa0%")]
)
def test_rates_are_written_as_the_language_writes_numbers(language: str, words: str) -> None:
    assert percent(0.9461, language) == words
    assert percent(1.0, language).startswith("100")
