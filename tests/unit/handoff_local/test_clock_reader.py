"""Met, running, at risk, breached: judged in open time."""

from datetime import UTC, datetime, timedelta

import pytest

from handoff_local.cli.clock_states import ClockReader

SATURDAY_NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MONDAY_LATE = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
DEALER = {
    "time_zone": "Europe/Lisbon",
    "calendars": {"default": {"week": {"mon": [["09:00", "18:00"]], "sat": [["09:00", "13:00"]]}}},
}


def timer(state: str = "running", due: datetime = MONDAY_LATE, breached: datetime | None = None) -> dict:
    owner = {"role": "service_advisor", "staff_id": None}
    at = breached.isoformat() if breached else None
    known = {"timer_id": "t", "rule": "T-03", "target": "first_response", "owner": owner}
    return {**known, "state": state, "due_at": due.isoformat(), "breached_at": at}


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (timer("completed"), "met"),
        (timer("completed", breached=SATURDAY_NOON), "breached"),
        (timer(), "running"),
        (timer(due=SATURDAY_NOON - timedelta(seconds=1)), "breached"),
        (timer("paused"), "paused"),
        (timer("cancelled"), "cancelled"),
    ],
)
def test_each_state_has_its_word(shown: dict, state: str) -> None:
    assert ClockReader(SATURDAY_NOON).state(shown, "lisboa-01") == state


def test_a_clock_is_at_risk_after_three_quarters_of_its_open_time() -> None:
    begun = {"t": datetime(2026, 11, 21, 12, 12, tzinfo=UTC)}

    def at(now: datetime) -> str:
        return ClockReader(now, begun, {"lisboa-01": DEALER}).state(timer(), "lisboa-01")

    assert at(datetime(2026, 11, 21, 12, 56, tzinfo=UTC)) == "running"
    assert at(datetime(2026, 11, 21, 12, 57, tzinfo=UTC)) == "at risk"
    assert at(datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) == "at risk"
    assert at(datetime(2026, 11, 23, 9, 13, tzinfo=UTC)) == "breached"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(timedelta(minutes=35), "35m"), (timedelta(hours=-2, minutes=-10), "-2h 10m"), (timedelta(days=3), "3d")],
)
def test_the_rest_is_said_as_people_say_it(ahead: timedelta, words: str) -> None:
    assert ClockReader(SATURDAY_NOON).left(timer(due=SATURDAY_NOON + ahead), "lisboa-01") == words


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (datetime(2026, 11, 21, 12, 40, tzinfo=UTC), "40m"),
        (MONDAY_LATE, "1h 12m"),
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), "1d"),
        (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), "2d"),
    ],
)
def test_what_is_left_is_open_time_and_its_days_are_business_days(due: datetime, words: str) -> None:
    clocks = ClockReader(SATURDAY_NOON, dealers={"lisboa-01": DEALER})
    assert clocks.left(timer(due=due), "lisboa-01") == words


def test_what_is_left_of_a_promise_runs_day_and_night() -> None:
    promise = {**timer(due=MONDAY_LATE), "rule": "PROMISE", "target": "promise"}
    assert ClockReader(SATURDAY_NOON, dealers={"lisboa-01": DEALER}).left(promise, "lisboa-01") == "1d"
