"""A live event is of the last thirty days; what is older is history, however old it is."""

from datetime import timedelta

import httpx
import pytest
from event_posting import Events, pointers

from harness.clocks import MovableClock

pytestmark = pytest.mark.database
MONTH = timedelta(days=30)
TOO_OLD = [
    MONTH + timedelta(microseconds=1),
    MONTH + timedelta(seconds=1),
    timedelta(days=45),
    timedelta(days=366),
    timedelta(days=20 * 365),
]


@pytest.mark.parametrize("age", TOO_OLD, ids=str)
async def test_an_older_one_is_refused_at_its_time(events: Events, clock: MovableClock, age: timedelta) -> None:
    then = (clock() - age).isoformat()
    answer = await events.send(events.event(time=then))
    assert (answer.status_code, pointers(answer)) == (422, ["/time"])
    assert "history" in answer.json()["errors"][0]["detail"]
    kept = await events.send(events.event(time=then, data=events.data(intent="history")))
    assert kept.status_code == 202, kept.text


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=29, hours=23), MONTH], ids=str)
async def test_one_of_the_last_thirty_days_is_taken(events: Events, clock: MovableClock, age: timedelta) -> None:
    answer = await events.send(events.event(time=(clock() - age).isoformat()))
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("year", ["0026", "1026", "1989"])
async def test_a_mistyped_year_is_refused_whatever_it_is_meant_for(events: Events, year: str) -> None:
    for intent in ("live", "history"):
        event = events.event(time=f"{year}-11-23T10:00:00Z", data=events.data(intent=intent))
        answer: httpx.Response = await events.send(event)
        assert (answer.status_code, pointers(answer)) == (422, ["/time"]), intent
