"""The one place that reads the wall clock, and the domain clock that everything people call time follows.

Domain time is real time unless `HANDOFF_CLOCK_START` or `HANDOFF_CLOCK_RATE` move it on an embedded stack.
Network time-outs and retry delays stay real and use `real_now`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present instant of domain time, aware, in UTC."""


def real_now() -> datetime:
    """The present instant of real time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Domain time was `domain_at` at the real instant `wall_clock_at` and runs `rate` times as fast."""

    wall_clock_at: datetime
    domain_at: datetime
    rate: float = 1.0

    def domain(self, real: datetime) -> datetime:
        """Domain time at a real instant."""
        return self.domain_at + (real - self.wall_clock_at) * self.rate


def next_anchor(previous_seen: datetime | None, start: datetime | None, rate: float, real: datetime) -> Anchor:
    """The anchor of a stack that starts now: at `start` or real time, never before what it has already seen."""
    wanted = start or real
    return Anchor(real, max(wanted, previous_seen) if previous_seen else wanted, rate)


def clock_from(anchor: Anchor | None) -> Clock:
    """The domain clock of an anchor; real time without one."""
    if anchor is None or (anchor.rate == 1.0 and anchor.domain_at == anchor.wall_clock_at):
        return real_now
    return lambda: anchor.domain(real_now())
