"""Clocks that stand still until a test moves them."""

from datetime import datetime, timedelta

from shared.clock import Clock, real_now


class MovableClock:
    """A domain clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The present instant."""
        return self.at

    def advance(self, by: timedelta) -> datetime:
        """Move on and answer the new present."""
        self.at += by
        return self.at


def movable_real_clock() -> MovableClock:
    """Real time that stands still; an hour ahead of the ids a test makes and of what the database calls now."""
    return MovableClock(real_now().replace(microsecond=0) + timedelta(hours=1))


def real_clock_beside(clock: Clock) -> Clock:
    """Real time that moves with domain time only, an hour ahead of what ids and the database call now."""
    ahead = real_now() + timedelta(hours=1) - clock()
    return lambda: clock() + ahead
