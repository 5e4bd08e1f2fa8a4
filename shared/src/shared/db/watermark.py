"""Where a look at a queue begins, so that it need not pass everything that was done long ago.

Rows that are gone stay in the way of a look along an index as long as somebody's older snapshot could still see them:
after an hour of a backup all of that hour's.
"""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, Generic, TypeVar

Place = TypeVar("Place", datetime, int)

BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Before everything in a queue that is ordered by time."""

BEHIND: Final = timedelta(seconds=30)
"""Real time; longer than a transaction that adds rows may take until its commit."""
_SWEEP_EVERY: Final = timedelta(minutes=1)


class Watermark(Generic[Place]):
    """The place in the order of a queue below which nothing waits.

    A row may still come below it, from a transaction that took longer than thought: once in a real minute a look
    begins at the beginning. What is passed counts after the real time `behind`.
    """

    def __init__(self, beginning: Place, behind: timedelta = timedelta(0)) -> None:
        self._beginning: Place = beginning
        self._mark: Place = beginning
        self._passed: Place = beginning
        self._behind = behind.total_seconds()
        self._passed_at = self._swept_at = monotonic()
        self._sweeps = True

    def low(self) -> Place:
        """Where the next look begins."""
        self._sweeps = self._sweeps or monotonic() - self._swept_at > _SWEEP_EVERY.total_seconds()
        return self._beginning if self._sweeps else self._mark

    def sweep(self) -> None:
        """Let the next look begin at the beginning."""
        self._sweeps = True

    def passed(self, place: Place) -> None:
        """The look that began at `low` found nothing that waits below this place."""
        now = monotonic()
        if self._sweeps:
            self._sweeps, self._swept_at = False, now
        if now - self._passed_at >= self._behind:
            self._mark = max(self._mark, self._passed if self._behind else place)
            self._passed, self._passed_at = place, now
