"""Triggers that count from a case, worked out anew by the hours of now (T-25, T-32)."""

from datetime import UTC, datetime

import pytest

from shared.sla.policy.policy import read_policies
from shared.sla.triggers.case_triggers import trigger_again

DAYS = ("mon", "tue", "wed", "thu", "fri")
OPEN = {"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": {day: [["09:00", "17:00"]] for day in DAYS}}}}
NEVER = {"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": {}}}}


def at(day: int, hour: int) -> datetime:
    """An hour of a day of November 2026, a Monday being the 2nd."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "began", "cycle", "now", "expected"),
    [
        ("T-25", at(2, 10), 0, at(2, 11), at(4, 17)),
        ("T-25", at(2, 10), 0, at(5, 8), at(5, 9)),  # past: at the next opening
        ("T-25", at(2, 10), 0, at(5, 10), at(5, 10)),  # past and open: at once
        ("T-32", at(2, 10), 0, at(2, 11), at(3, 17)),
        ("T-32", at(2, 10), 2, at(4, 18), at(5, 17)),
        ("T-32", at(2, 10), 2, at(3, 18), at(4, 17)),  # fewer triggers by these hours than there were
    ],
)
def test_a_trigger_is_where_the_hours_of_now_put_it(
    rule: str, began: datetime, cycle: int, now: datetime, expected: datetime
) -> None:
    assert trigger_again(rule, began, cycle, read_policies(OPEN), now) == expected


def test_a_dealer_that_never_opens_moves_nothing() -> None:
    assert trigger_again("T-25", at(2, 10), 0, read_policies(NEVER), at(2, 11)) is None
