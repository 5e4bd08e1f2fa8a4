"""The demo's people: quick mostly, late sometimes, the same for a task whenever one asks."""

from collections import Counter
from datetime import timedelta

import pytest

from handoff_local.demo.people import outcome_of, pace_of


def test_most_take_a_task_within_its_quarter_of_an_hour_and_some_do_not() -> None:
    taken = Counter(pace_of(f"task-{n}").until_taken < timedelta(minutes=15) for n in range(1000))
    assert 800 < taken[True] < 950


def test_a_task_is_done_after_it_is_taken_and_always_at_the_same_time() -> None:
    for n in range(200):
        pace = pace_of(f"task-{n}")
        assert pace.until_done > pace.until_taken
        assert pace == pace_of(f"task-{n}")


@pytest.mark.parametrize(
    ("entry", "timers", "outcome"),
    [
        ("SA-07-01-c", [{"target": "first_response", "state": "running"}], "customer_answered"),
        ("SA-07-01-c", [{"target": "first_response", "state": "completed"}], "done"),
        ("SA-07-01-c", [{"target": "resolution", "state": "running"}], "done"),
        ("CLOSE-LOOP", [], "customer_answered"),
        ("CALL", [], "spoke"),
        ("LETTER", [], "sent"),
    ],
)
def test_who_finishes_says_whether_the_customer_knows(entry: str, timers: list[dict], outcome: str) -> None:
    assert outcome_of({"entry": entry, "customer_id": "C-1", "timers": timers}) == outcome
