"""The line of a day, the sentence of its hours, and the clocks of the board as the browser goes on with them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from journey_api.console.catalogue import catalogue
from journey_api.console.countdown import Countdown, countdown
from journey_api.console.day_line import draw_day
from shared.calendar.document import parse_calendar
from shared.calendar.durations import parse_target
from shared.calendar.opening_hours import always_open
from shared.sla.types import Snapshot, Timer

LISBON = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 11, 20, 12, 47, tzinfo=UTC)
STORE = parse_calendar({"week": {"fri": [["09:00", "13:00"], ["14:00", "19:00"]]}}, "Europe/Lisbon", name="store")


def timer_of(due: datetime, **more: object) -> Timer:
    values: dict[str, object] = {
        "timer_id": "t-1",
        "dealer_id": "d",
        "customer_id": None,
        "case_id": "c",
        "task_id": None,
        "rule": "T-03",
        "target": "first_response",
        "subject": "case",
        "subject_id": "c",
        "cycle": 1,
        "started_at": NOW - timedelta(hours=1),
        "running_since": NOW - timedelta(hours=1),
        "due_at": due,
        "original_due_at": due,
        "policy": Snapshot(parse_target("PT2H"), STORE),
    }
    return Timer(**{**values, **more})  # type: ignore[arg-type]


def shown(due: datetime, now: datetime = NOW, **more: object) -> Countdown:
    return countdown(timer_of(due, **more), now, LISBON, catalogue("en"))


def test_hours_past_hours_ahead_and_now() -> None:
    line = draw_day([("Store", STORE)], [], NOW, "en")
    assert line is not None
    assert [hour for _, hour in line.hours] == ["09", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19"]
    past = [one for one in line.strokes if one.past]
    ahead = [one for one in line.strokes if not one.past]
    assert [one.x2 for one in past] == [line.now_x] == [ahead[0].x1]
    assert len(ahead) == 2
    assert line.spoken == (("Store", ("09:00–13:00", "14:00–19:00")),)


def test_due_times_of_today_are_marked_with_room_between_their_labels() -> None:
    due = [NOW + timedelta(minutes=20), NOW + timedelta(minutes=25), NOW + timedelta(hours=3), NOW + timedelta(days=3)]
    line = draw_day([("Store", STORE)], [shown(at) for at in due], NOW, "en")
    assert line is not None
    assert line.due == ("13:07", "13:12", "15:47")
    assert [mark.label for mark in line.marks] == ["13:07", "", "15:47"]


def test_a_day_without_hours_has_no_line() -> None:
    assert draw_day([("Store", STORE)], [], NOW + timedelta(days=1), "en") is None


def test_a_house_that_never_closes_has_one_stroke_to_each_side_of_now() -> None:
    line = draw_day([("Store", always_open(LISBON))], [], NOW, "en")
    assert line is not None
    assert [one.past for one in line.strokes] == [True, False]


@pytest.mark.parametrize(
    ("zone", "hour"), [("Asia/Kolkata", "18"), ("Australia/Lord_Howe", "23"), ("America/St_Johns", "09")]
)
def test_hours_are_those_of_the_wall_clock(zone: str, hour: str) -> None:
    day = parse_calendar({"week": {name: [["00:00", "24:00"]] for name in ("fri",)}}, zone, name="d")
    line = draw_day([("Store", day)], [], NOW, "en")
    assert line is not None
    before = [name for x, name in line.hours if x <= line.now_x]
    assert before[-1] == hour


class TestClocks:
    """What the browser needs to go on by itself."""

    def test_open_time_left_and_when_the_hours_end(self) -> None:
        clock = shown(datetime(2026, 11, 20, 14, 30, tzinfo=UTC))
        assert (clock.state, clock.seconds, clock.left) == ("running", 43 * 60, "43")
        assert clock.turns == datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
        assert clock.late == "answer was due 14:30"

    def test_a_closed_house_opens_again(self) -> None:
        clock = shown(datetime(2026, 11, 20, 14, 30, tzinfo=UTC), datetime(2026, 11, 20, 13, 10, tzinfo=UTC))
        assert (clock.state, clock.turns) == ("closed", datetime(2026, 11, 20, 14, 0, tzinfo=UTC))

    def test_a_clock_of_physical_time_never_turns(self) -> None:
        policy = Snapshot(parse_target("PT2H"), None)
        assert shown(NOW + timedelta(minutes=30), policy=policy).turns is None

    def test_late_is_late_whatever_the_hours(self) -> None:
        clock = shown(NOW - timedelta(minutes=18))
        assert (clock.state, clock.left, clock.unit) == ("breached", "18", "min over")


WORKSHOP = parse_calendar(
    {"week": {day: [["08:30", "12:30"], ["13:30", "18:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}},
    "Europe/Lisbon",
    name="after_sales",
)
WEDNESDAY = datetime(2026, 12, 2, 10, 31, tzinfo=UTC)


class TestBusinessDays:
    """What is left beyond today: days as long as they are open."""

    @staticmethod
    def left(due: datetime, now: datetime = WEDNESDAY) -> tuple[str, str]:
        clock = shown(due, now, policy=Snapshot(parse_target("PT20H"), WORKSHOP))
        return clock.left, clock.unit

    @pytest.mark.parametrize(
        ("due", "left"),
        [
            (datetime(2026, 12, 2, 18, 30, tzinfo=UTC), ("6 h 59", "")),
            (datetime(2026, 12, 3, 10, 30, tzinfo=UTC), ("8 h 59", "")),
            (datetime(2026, 12, 3, 10, 31, tzinfo=UTC), ("1", "business day")),
            (datetime(2026, 12, 3, 18, 30, tzinfo=UTC), ("1", "business day")),
            (datetime(2026, 12, 4, 18, 30, tzinfo=UTC), ("2", "business days")),
            (datetime(2026, 12, 7, 18, 30, tzinfo=UTC), ("3", "business days")),
        ],
    )
    def test_a_day_is_a_business_day_of_the_clock(self, due: datetime, left: tuple[str, str]) -> None:
        assert self.left(due) == left

    def test_a_closed_house_says_in_business_days_what_will_be_left(self) -> None:
        policy = Snapshot(parse_target("PT20H"), WORKSHOP)
        evening = datetime(2026, 12, 2, 20, 0, tzinfo=UTC)
        clock = shown(datetime(2026, 12, 4, 18, 30, tzinfo=UTC), evening, policy=policy)
        assert clock.by == "opens Thu 3 Dec, 08:30, 2 business days left"

    def test_the_browser_asks_again_when_a_day_less_is_left(self) -> None:
        policy = Snapshot(parse_target("PT20H"), WORKSHOP)
        clock = shown(datetime(2026, 12, 3, 11, 15, tzinfo=UTC), WEDNESDAY, policy=policy)
        assert (clock.days, clock.turns) == (1, datetime(2026, 12, 2, 11, 16, tzinfo=UTC))
        later = shown(
            datetime(2026, 12, 3, 11, 15, tzinfo=UTC), datetime(2026, 12, 2, 11, 16, tzinfo=UTC), policy=policy
        )
        assert (later.days, later.turns) == (0, datetime(2026, 12, 2, 12, 30, tzinfo=UTC))

    def test_a_clock_that_runs_day_and_night_counts_days_of_24_hours(self) -> None:
        clock = shown(WEDNESDAY + timedelta(hours=49), WEDNESDAY, policy=Snapshot(parse_target("PT72H"), None))
        assert (clock.left, clock.unit, clock.days) == ("2", "days", 0)
