"""How clocks were kept day by day: a long row of days, in which a period can be chosen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping

from journey_api.console.multiples import GOAL
from journey_api.console.operations_place import OperationsPlace
from journey_api.console.visit import Visit
from journey_api.http.periods import Period
from journey_api.reports.clock_summary import summarise
from shared.languages.dates import format_short_day

SHOWN_DAYS: Final = 90
"""So many days up to the end of the period are shown, more where the period has more."""

MOST_DAYS: Final = 366
LEAST_DAYS: Final = 7
"""Fewer are well seen where the last days are drawn for each of a kind."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of which clocks have ended; `name` as people write it."""

    day: date
    name: str
    met: int
    breached: int

    @property
    def rate(self) -> float:
        """Met of met and breached."""
        return self.met / (self.met + self.breached)

    @property
    def under(self) -> bool:
        """Whether it is below the goal."""
        return self.rate < GOAL


async def load_days(visit: Visit, place: OperationsPlace) -> tuple[Day, ...]:
    """The days up to the end of the period, the newest first; none where they are few."""
    asked = (place.until - place.since).days + 1
    since = place.until - timedelta(days=min(max(asked, SHOWN_DAYS), MOST_DAYS) - 1)
    rows = await summarise(
        visit.connection, place.dealer_id, Period(since, place.until), ["day"], visit.now, place.target
    )
    days = days_of(rows, visit.viewer.language)
    return days if len(days) >= LEAST_DAYS else ()


def days_of(rows: Iterable[Mapping[str, Any] | RowMapping], language: str) -> tuple[Day, ...]:
    """The days of a summary by day, the newest first; those of which no clock has ended are left out."""
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        found[row["key0"]][0] += row["met"]
        found[row["key0"]][1] += row["breached"]
    return tuple(
        Day(day, format_short_day(day, language, "yMMMEd"), met, breached)
        for day, (met, breached) in sorted(found.items(), reverse=True)
        if met + breached
    )
