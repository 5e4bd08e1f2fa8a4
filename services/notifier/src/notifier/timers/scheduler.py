"""The tick: what is due of the clocks is claimed and fired, in one transaction, a batch at a time."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import sla_timer, timer_due
from shared.messaging import outbox
from shared.process.failpoints import passing
from shared.process.shutdown import pause
from shared.process.telemetry import sla_breaches_total, sla_timer_skew_seconds
from shared.process.transient_errors import is_outage
from shared.sla.engine.due_actions import fire_overdue
from shared.sla.store.documents import sla_record
from shared.sla.store.timers import store_changes, timer_of
from shared.sla.types import Casebook, Changes, DueAction, Moved, Timer

BATCH: Final = 500
_SLEEP_AT_MOST: Final = timedelta(milliseconds=200)
_SWEEP_EVERY: Final = timedelta(minutes=1)
_WATERMARK_BEHIND: Final = timedelta(seconds=30)
"""Real time; longer than a transaction that adds rows may take from its `now` to its commit."""
_PUT_OFF: Final = timedelta(minutes=1)
_BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)

_CLAIM: Final = text(
    "delete from timer_due where timer_id = any(cast(:timers as text[])) and fire_at <= :now"
    " returning timer_id, cycle, threshold, generation, fire_at"
)
_NEXT: Final = text("select min(fire_at) from timer_due where fire_at >= :low")
_PUT_OFF_TIMER: Final = text("update timer_due set fire_at = :later where timer_id = :timer_id and fire_at <= :now")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ticked:
    """How many rows a tick claimed; where that is none, the instant of the next one that is known."""

    claimed: int
    next_at: datetime | None

    @property
    def full(self) -> bool:
        """Whether more may be due already."""
        return self.claimed >= BATCH


class Ticker:
    """Fires what is due. Rows below a watermark, long fired, are looked at again once a minute only.

    `rate`: how many times faster than real time the domain clock runs.
    """

    def __init__(self, database: Database, clock: Clock, rate: float = 1.0) -> None:
        self._database = database
        self._clock = clock
        self._rate = rate
        self._low = _BEGINNING
        self._swept_at = time.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until asked to stop, sleeping until the next row is due, at most 200 ms."""
        while not stop.is_set():
            ticked = await self.tick()
            if not ticked.claimed:
                await pause(stop, self._sleep(ticked.next_at))

    async def fire_due(self) -> int:
        """Fire what is due now, batch by batch, also below the watermark; answers how many rows were claimed."""
        self._low, fired = _BEGINNING, 0
        while claimed := (await self.tick()).claimed:
            fired += claimed
        return fired

    async def tick(self) -> Ticked:
        """Fire one batch. If it fails, its halves are tried, down to the timer that fails: it is put off a minute."""
        now = self._clock()
        if time.monotonic() - self._swept_at > _SWEEP_EVERY.total_seconds():
            self._low, self._swept_at = _BEGINNING, time.monotonic()
        try:
            ticked = await self._fire_batch(now)
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("batch_of_timers_failed")
            ticked = await self._fire_parts(now)
        if not ticked.full:
            self._low = max(self._low, now - _WATERMARK_BEHIND * self._rate)
        return ticked

    async def _fire_batch(self, now: datetime) -> Ticked:
        async with self._database.transaction() as connection:
            next_at = await connection.scalar(_NEXT, {"low": self._low})
            if next_at is None or next_at > now:
                return Ticked(0, next_at)
            rows = await _fire(connection, self._due(now), now)
            if rows:
                passing("clocks.before_commit")
        self._measure(rows, now)
        return Ticked(len(rows), None)

    async def _fire_parts(self, now: datetime) -> Ticked:
        async with self._database.transaction() as connection:
            timers = sorted({row.timer_id for row in await connection.execute(self._due(now))})
        return Ticked(await self._fire_halves(timers, now), None)

    async def _fire_halves(self, timers: list[str], now: datetime) -> int:
        """Fire the halves of what failed, down to the timer that fails; answers how many rows were claimed."""
        if len(timers) < 2:
            return await self._fire_alone(timers[0], now) if timers else 0
        middle, claimed = len(timers) // 2, 0
        for half in (timers[:middle], timers[middle:]):
            try:
                claimed += len(await self._fire_named(half, now))
            except Exception as error:
                if is_outage(error):
                    raise
                claimed += await self._fire_halves(half, now)
        return claimed

    async def _fire_alone(self, timer_id: str, now: datetime) -> int:
        try:
            return len(await self._fire_named([timer_id], now))
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("timer_failed", timer_id=timer_id)
            async with self._database.transaction() as connection:
                later = {"later": now + _PUT_OFF * self._rate, "now": now, "timer_id": timer_id}
                await connection.execute(_PUT_OFF_TIMER, later)
            return 0

    async def _fire_named(self, timers: list[str], now: datetime) -> list[DueAction]:
        async with self._database.transaction() as connection:
            rows = await _fire(connection, timers, now)
        self._measure(rows, now)
        return rows

    def _due(self, now: datetime) -> Select[tuple[str]]:
        """The timers of the rows that are due first."""
        at = timer_due.c.fire_at
        return select(timer_due.c.timer_id).where(at <= now, at >= self._low).order_by(at).limit(BATCH)

    def _sleep(self, next_at: datetime | None) -> timedelta:
        if next_at is None:
            return _SLEEP_AT_MOST
        return min(_SLEEP_AT_MOST, max((next_at - self._clock()) / self._rate, timedelta(0)))

    def _measure(self, rows: Iterable[DueAction], now: datetime) -> None:
        for row in rows:
            sla_timer_skew_seconds.observe((now - row.fire_at).total_seconds() / self._rate)


async def _fire(connection: AsyncConnection, wanted: Select[tuple[str]] | list[str], now: datetime) -> list[DueAction]:
    """Let what is due of these timers take effect and tell of it on the sla topic; answers the rows it took.

    Timers that somebody is changing are left to the next tick. Whoever changes a timer holds its row before what is
    due of it, so nobody waits for anybody in a circle.
    """
    timers = await _hold_timers(connection, wanted)
    if not timers:
        return []
    found = await connection.execute(_CLAIM, {"timers": list(timers), "now": now})
    rows = [DueAction(row.timer_id, row.cycle, row.threshold, row.fire_at, row.generation) for row in found]
    due: dict[str, list[DueAction]] = defaultdict(list)
    for row in rows:
        due[row.timer_id].append(row)
    moves = [fire_overdue(timers[timer_id], actions, now) for timer_id, actions in due.items()]
    await store_changes(connection, [_changes(moves)], now)
    await _publish(connection, moves, now)
    return rows


async def _hold_timers(connection: AsyncConnection, wanted: Select[tuple[str]] | list[str]) -> dict[str, Timer]:
    query = select(sla_timer).where(sla_timer.c.timer_id.in_(wanted)).with_for_update(skip_locked=True)
    return {row["timer_id"]: timer_of(row) for row in (await connection.execute(query)).mappings()}


def _changes(moves: Sequence[Moved]) -> Changes:
    return Changes(
        book=Casebook(),
        changed=tuple(moved.timer for moved in moves),
        events=tuple(event for moved in moves for event in moved.events),
        due=tuple(row for moved in moves for row in moved.due),
    )


async def _publish(connection: AsyncConnection, moves: Sequence[Moved], now: datetime) -> None:
    told = [(moved.timer, event) for moved in moves for event in moved.events]
    breaches = Counter((timer.rule, timer.target) for timer, event in told if event.action == "breached")
    for labels, count in breaches.items():
        sla_breaches_total.labels(*labels).inc(count)
    records = (sla_record(timer, event, now) for timer, event in told)
    await outbox.append(connection, [record for record in records if record is not None])
