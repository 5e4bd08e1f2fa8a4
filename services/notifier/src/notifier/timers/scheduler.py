"""The tick: what is due is claimed and fired, in one transaction, a batch at a time. Nothing else looks at the time."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from notifier.timers.due_subjects import publish_due
from notifier.timers.due_timers import BATCH, find_due, fire_first_due, fire_timers
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.prepared import Prepared
from shared.db.watermark import BEGINNING, BEHIND, Watermark
from shared.messaging.postgres.pg_notify import longest_sleep
from shared.process.failpoints import failpoint
from shared.process.isolation import bisect
from shared.process.shutdown import pause
from shared.process.telemetry import sla_timer_skew_seconds
from shared.process.transient_errors import is_outage

_SLEEP_OF_FAST_CLOCKS: Final = timedelta(milliseconds=500)
_PUT_OFF: Final = timedelta(minutes=1)

_NEXT: Final = Prepared(
    "select (select min(fire_at) from timer_due where kind = 'timer' and fire_at >= :low) as timer,"
    " (select min(fire_at) from timer_due where kind <> 'timer' and fire_at >= :low) as other"
)
_PUT_OFF_TIMER: Final = Prepared(
    "update timer_due set fire_at = :later where kind = 'timer' and subject_id = :timer_id and fire_at <= :now"
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TickResult:
    """How many rows a tick claimed; where that is none, the instant of the next one that is known."""

    claimed: int
    next_at: datetime | None

    @property
    def full(self) -> bool:
        """Whether more may be due already."""
        return self.claimed >= BATCH


class TimerScheduler:
    """Fires what is due. Rows below a watermark, long fired, are looked at again once a minute only.

    `rate`: how many times faster than real time the domain clock runs. `wake` is set by whoever knows of something
    that is due soon.
    """

    def __init__(self, database: Database, clock: Clock, rate: float = 1.0) -> None:
        self.wake = asyncio.Event()
        self._database = database
        self._clock = clock
        self._rate = rate
        self._longest = longest_sleep(rate, _SLEEP_OF_FAST_CLOCKS)
        self._watermark = Watermark(BEGINNING)

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until asked to stop, sleeping until the next row is due, at most five seconds, or until woken."""
        while not stop.is_set():
            self.wake.clear()
            ticked = await self.tick()
            if not ticked.claimed:
                await pause(stop, self._sleep(ticked.next_at), self.wake)

    async def fire_due(self) -> int:
        """Fire what is due now, batch by batch, also below the watermark; answers how many rows were claimed."""
        self._watermark.sweep()
        fired = 0
        while claimed := (await self.tick()).claimed:
            fired += claimed
        return fired

    async def tick(self) -> TickResult:
        """Fire one batch. If it fails, its halves are tried, down to the timer that fails: it is put off a minute."""
        now = self._clock()
        low = self._watermark.low()
        try:
            ticked = await self._fire_batch(low, now)
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("batch_of_timers_failed")
            ticked = await self._fire_parts(low, now)
        if not ticked.full:
            self._watermark.passed(now - BEHIND * self._rate)
        return ticked

    async def _fire_batch(self, low: datetime, now: datetime) -> TickResult:
        async with self._database.look() as connection:
            found = await _NEXT.first(connection, {"low": low})
        next_at = min((at for at in found if at is not None), default=None)
        if next_at is None or next_at > now:
            return TickResult(0, next_at)
        fired: list[datetime] = []
        async with self._database.transaction() as connection:
            if _is_due(found.timer, now):
                fired += await fire_first_due(connection, low, now)
            if _is_due(found.other, now):
                fired += [one.fire_at for one in await publish_due(connection, low, now, BATCH)]
            if fired:
                failpoint("clocks.before_commit")
        self._measure(fired, now)
        return TickResult(len(fired), None)

    async def _fire_parts(self, low: datetime, now: datetime) -> TickResult:
        async with self._database.transaction() as connection:
            timers = await find_due(connection, low, now)
            others = await publish_due(connection, low, now, BATCH)
        self._measure([one.fire_at for one in others], now)
        fired = await bisect("timers", timers, partial(self._fire_named, now), partial(self._put_off, now))
        return TickResult(len(others) + sum(map(len, fired)), None)

    async def _put_off(self, now: datetime, timer_id: str, _error: Exception) -> list[datetime]:
        _log.exception("timer_failed", timer_id=timer_id)
        async with self._database.transaction() as connection:
            later = {"later": now + _PUT_OFF * self._rate, "now": now, "timer_id": timer_id}
            await _PUT_OFF_TIMER.rows(connection, later)
        return []

    async def _fire_named(self, now: datetime, timers: Sequence[str]) -> list[datetime]:
        async with self._database.transaction() as connection:
            fired = await fire_timers(connection, timers, now)
        self._measure(fired, now)
        return fired

    def _sleep(self, next_at: datetime | None) -> timedelta:
        if next_at is None:
            return self._longest
        return min(self._longest, max((next_at - self._clock()) / self._rate, timedelta(0)))

    def _measure(self, fired: Iterable[datetime], now: datetime) -> None:
        for fire_at in fired:
            sla_timer_skew_seconds.observe((now - fire_at).total_seconds() / self._rate)


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
