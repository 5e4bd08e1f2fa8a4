"""How many additions of business time one core makes a second, over a calendar as dealers have them."""

import random
import time
from datetime import UTC, datetime, timedelta

from sizes import Sizes

from shared.calendar.business_time import add
from shared.calendar.opening_hours import Calendar
from shared.sla.policy.policy import read_policies

SPANS = {
    "minutes to two hours": (1, 120),
    "up to a month of open time": (1, 200 * 60),
    "up to a year of open time": (1, 2_000 * 60),
}
"""By name, the fewest and the most open minutes that are added."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
_HOLIDAYS = ("01-01", "04-25", "05-01", "06-10", "08-15", "10-05", "11-01", "12-01", "12-08", "12-25")
_BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_SECONDS_OF_A_YEAR = 365 * 86_400
_ROUNDS = 3


def measure(sizes: Sizes) -> dict[str, float]:
    """Additions a second of processor time by the span that is added, the best of three rounds.

    Each begins at another second of a year; the calendar has a lunch break, short Saturdays and ten holidays a year.
    """
    chance = random.Random(14)
    return {name: _rate(_calendar(), *span, sizes.additions, chance) for name, span in SPANS.items()}


def _rate(calendar: Calendar, least: int, most: int, count: int, chance: random.Random) -> float:
    sums = [
        (
            _BEGAN + timedelta(seconds=chance.randrange(_SECONDS_OF_A_YEAR)),
            timedelta(minutes=chance.randint(least, most)),
        )
        for _ in range(count)
    ]
    took = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        for at, much in sums:
            add(calendar, at, much)
        took.append(time.process_time() - began)
    return count / min(took)


def _calendar() -> Calendar:
    week = {day: [["09:00", "13:00"], ["14:00", "19:00"]] for day in _WEEKDAYS} | {"sat": [["09:00", "13:00"]]}
    closed = {f"{year}-{day}": [] for year in range(2026, 2030) for day in _HOLIDAYS}
    record = {"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": week, "exceptions": closed}}}
    return read_policies(record).calendar_for("T-03", None)
