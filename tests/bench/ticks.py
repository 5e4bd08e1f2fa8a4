"""The tick of 500 due timers among ten thousand and among a million open ones, tick by tick in turn."""

import asyncio
import statistics
import time
from datetime import UTC, datetime, timedelta

from machine import Machine
from sizes import Sizes
from sqlalchemy import insert, text

from handoff_local.database.migrate import migrate
from handoff_local.database.postgres import EmbeddedPostgres
from handoff_local.database.settings import MigrateSettings
from notifier.timers.scheduler import BATCH, TimerScheduler
from shared.db.engine import Database
from shared.db.schema import sla_timer
from shared.process.settings import async_address
from shared.sla.engine.timer import start
from shared.sla.facts import Owner
from shared.sla.policy.policy import read_policies
from shared.sla.store.timer_columns import to_row
from shared.sla.types import Identity

SMALL, LARGE, HELD = "small", "large", "large, held snapshot"
FEW = 10_000
"""Open clocks in the smaller database."""
_BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

_NEW_VALUES = {
    "timer_id": "'T-' || n",
    "subject_id": "'S-' || n",
    "case_id": "'S-' || n",
    "due_at": "s.due_at + n * interval '1 second'",
}
_COLUMNS = [column.name for column in sla_timer.c]
_COPY_TIMERS = (
    f"insert into sla_timer ({', '.join(_COLUMNS)}) select "
    + ", ".join(_NEW_VALUES.get(name, f"s.{name}") for name in _COLUMNS)
    + " from sla_timer s, generate_series(1, :count) n where s.timer_id = 'T-0'"
)
_ADD_DUE = """
    insert into timer_due (dealer_id, kind, subject_id, cycle, revision, threshold, fire_at)
    select s.dealer_id, 'timer', 'T-' || n, s.cycle, s.revision, 'breach', s.due_at + (n + 1) * interval '1 second'
      from sla_timer s, generate_series(1, :count) n where s.timer_id = 'T-0' order by n
"""


async def measure(machine: Machine, sizes: Sizes) -> dict[str, float]:
    """Median milliseconds of a tick of 500 by size, and of the larger one under a held snapshot."""
    counts = {SMALL: FEW, LARGE: sizes.timers}
    databases = {name: await _filled(machine.postgres, f"ticks_{name}", count) for name, count in counts.items()}
    tickers = {name: _Clocked(database) for name, database in databases.items()}
    times: dict[str, list[float]] = {name: [] for name in counts}
    for _ in range(sizes.ticks):
        for name, ticker in tickers.items():
            times[name].append(await ticker.tick())
    held: list[float] = []
    async with databases[LARGE].engine.connect() as reader:
        await reader.execute(text("begin isolation level repeatable read"))
        await reader.execute(text("select count(*) from timer_due where fire_at < now() - interval '10 years'"))
        for _ in range(sizes.ticks):
            held.append(await tickers[LARGE].tick())
    for database in databases.values():
        await database.close()
    return {name: statistics.median(found) for name, found in (times | {HELD: held}).items()}


class _Clocked:
    """A ticker whose clock is moved so that just one batch is due."""

    def __init__(self, database: Database) -> None:
        self.at = _BEGAN + timedelta(hours=1, seconds=1)
        self.ticker = TimerScheduler(database, lambda: self.at)

    async def tick(self) -> float:
        """The milliseconds of one tick of a full batch."""
        self.at += timedelta(seconds=BATCH)
        began = time.perf_counter()
        ticked = await self.ticker.tick()
        took = (time.perf_counter() - began) * 1000
        assert ticked.claimed == BATCH, ticked
        await self.ticker.tick()
        return took


async def _filled(postgres: EmbeddedPostgres, name: str, count: int) -> Database:
    """A database with so many open clocks, due one a second in the order of their making."""
    await _as_owner(postgres.url("postgres"), f"create database {name}")
    address = postgres.url(name)
    await asyncio.to_thread(migrate, MigrateSettings(database_url=address))
    database = Database(async_address(address))
    snapshot = read_policies({"time_zone": "Europe/Lisbon"}).snapshot("T-03", "first_response", "service_advisor")
    identity = Identity(
        rule="T-03",
        target="first_response",
        subject="case",
        timer_id="T-0",
        dealer_id="bench-01",
        subject_id="S-0",
        case_id="S-0",
    )
    timer = start(identity, snapshot, at=_BEGAN, now=_BEGAN, owner=Owner("service_advisor", None)).timer
    async with database.transaction() as connection:
        await connection.execute(insert(sla_timer).values(to_row(timer)))
        await connection.execute(text(_COPY_TIMERS), {"count": count})
        await connection.execute(text(_ADD_DUE), {"count": count})
    await _as_owner(address, "vacuum analyze", "checkpoint")
    return database


async def _as_owner(address: str, *statements: str) -> None:
    """Run what the role of the services may not, each statement outside of a transaction."""
    owner = Database(async_address(address), role=None, pool_size=1)
    async with owner.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            await autocommit.execute(text(statement))
    await owner.close()
