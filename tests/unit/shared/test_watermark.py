"""Where looks at a queue begin."""

from datetime import timedelta

import pytest

from shared.db import watermark
from shared.db.watermark import Watermark


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The real time, which goes on when a test adds to it."""
    now = [0.0]
    monkeypatch.setattr(watermark, "monotonic", lambda: now[0])
    return now


def test_the_first_look_begins_at_the_beginning(seconds: list[float]) -> None:
    assert Watermark(5).low() == 5


def test_the_next_begins_where_the_last_found_nothing_below(seconds: list[float]) -> None:
    mark = Watermark(0)
    mark.low()
    mark.passed(10)
    assert mark.low() == 10
    mark.passed(7)
    assert mark.low() == 10


def test_once_a_minute_a_look_begins_at_the_beginning(seconds: list[float]) -> None:
    mark = Watermark(0)
    mark.low()
    mark.passed(10)
    seconds[0] = 61
    assert mark.low() == 0
    mark.passed(12)
    assert mark.low() == 12


def test_a_sweep_lasts_until_it_has_passed(seconds: list[float]) -> None:
    mark = Watermark(0)
    mark.low()
    mark.passed(10)
    mark.sweep()
    assert mark.low() == mark.low() == 0
    mark.passed(11)
    assert mark.low() == 11


def test_what_is_passed_just_before_a_sweep_is_due_does_not_count_as_one(seconds: list[float]) -> None:
    mark = Watermark(0)
    mark.low()
    mark.passed(10)
    assert mark.low() == 10
    seconds[0] = 61
    mark.passed(11)
    assert mark.low() == 0


def test_behind_time_counts_what_was_passed_that_long_ago(seconds: list[float]) -> None:
    mark = Watermark(0, behind=timedelta(seconds=30))
    found = []
    for seconds[0], place in ((0, 1), (29, 2), (30, 3), (45, 4), (60, 5), (90, 6)):
        mark.low()
        mark.passed(place)
        found.append(mark._mark)
    assert found == [0, 0, 0, 0, 3, 5]
