"""The tick of 500 that are due among few and among many open timers and scheduled triggers, tick by tick in turn."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from figures import Rounds
from machine import Machine, postmaster
from processes import Meter
from sizes import Sizes
from sqlalchemy import insert, text

from handoff_local.database.migrate import migrate
from handoff_local.database.postgres import EmbeddedPostgres
from handoff_local.database.settings import MigrateSettings
from notifier.timers.due_timers import BATCH
from notifier.timers.scheduler import TimerScheduler
from shared.db.engine import EVERY_DEALER, Database
from shared.db.schema import sla_policy, sla_timer
from shared.process.runner import spare_the_collector
from shared.process.settings import async_address
from shared.sla.engine.timer import start
from shared.sla.facts import Owner
from shared.sla.policy.policy import read_policies
from shared.sla.store.timer_columns import to_row
from shared.sla.store.timer_policies import policy_rows
from shared.sla.types import Identity

SMALL, LARGE, HELD = "small", "large", "held"
CLOCKS, TRIGGERS = "clocks", "triggers"
FEW = 10_000
"""Open timers in the smaller database."""
TRIGGERS_EACH = 2
"""Scheduled triggers for each open timer."""
_BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_STEP = timedelta(seconds=BATCH)
"""In which 500 triggers come, one a second, then 500 clocks, and so on."""

_TURN = f"interval '1 second' * ((n - 1) / {BATCH} * {2 * BATCH} + (n - 1) % {BATCH} + 1)"
_NEW_VALUES = {
    "timer_id": "'T-' || n",
    "subject_id": "'S-' || n",
    "case_id": "'S-' || n",
    "due_at": f"s.started_at + interval '{BATCH - 1} seconds' + {_TURN}",
}
_COLUMNS = [column.name for column in sla_timer.c]
_COPY_TIMERS = (
    f"insert into sla_timer ({', '.join(_COLUMNS)}) select "
    + ", ".join(_NEW_VALUES.get(name, f"s.{name}") for name in _COLUMNS)
    + " from sla_timer s, generate_series(1, :count) n where s.timer_id = 'T-0'"
)
_ADD_DUE = """
    insert into timer_due (dealer_id, kind, subject_id, cycle, revision, threshold, fire_at)
    select s.dealer_id, 'timer', s.timer_id, s.cycle, s.revision, 'breach', s.due_at + interval '1 second'
      from sla_timer s where s.timer_id <> 'T-0' order by s.due_at
"""
_ADD_TRIGGERS = f"""
    insert into timer_due (dealer_id, kind, subject_id, customer_id, threshold, cycle, fire_at)
    select 'bench-01', 'trigger', 'VIN-' || n, 'C-' || n, 'T-12', 20261001,
           timestamptz '{_BEGAN}' + {_TURN}
      from generate_series(1, :count) n order by n
"""


async def measure(machine: Machine, sizes: Sizes) -> Rounds:
    """Milliseconds of ticks of 500, named by `tick_of`: among few, among many, and among as many while a transaction
    holds a snapshot that is older than every tick; and by `cpu_of` those of the processor for each of the 500."""
    postgres, rounds = machine.postgres, Rounds()
    spare_the_collector()
    await _fill(postgres, SMALL, FEW + sizes.ticks * BATCH, sizes)
    await _fill(postgres, LARGE, sizes.timers, sizes)
    copied = f"create database {_name(HELD)} template {_name(LARGE)} strategy file_copy"
    await _as_owner(postgres.url("postgres"), copied, "checkpoint")
    async with AsyncExitStack() as ends:
        tickers = {}
        for name in (SMALL, LARGE, HELD):
            address = async_address(postgres.url(_name(name)))
            database = Database(address, name=name, sees=EVERY_DEALER, plan_once=True)
            ends.push_async_callback(database.close)
            tickers[name] = _Clocked(database, postmaster(postgres))
            await tickers[name].begin()
        await ends.enter_async_context(_snapshot(tickers[HELD].database))
        await _fire_meanwhile([tickers[LARGE], tickers[HELD]], sizes.held_seconds)
        for _ in range(sizes.ticks):
            for what in (TRIGGERS, CLOCKS):
                for name, ticker in tickers.items():
                    ticked = await ticker.tick()
                    rounds.add(tick_of(what, name), ticked.ms)
                    rounds.add(cpu_of(what, name), ticked.cpu_ms / BATCH)
    return rounds


def tick_of(what: str, where: str) -> str:
    """The name of the figures of a tick."""
    return f"{what}, {where}"


def cpu_of(what: str, where: str) -> str:
    """The name of the figures of the processor's time in a tick."""
    return f"processor: {tick_of(what, where)}"


@dataclass(frozen=True, slots=True)
class _Ticked:
    """Milliseconds of a tick, and those that processors were busy with it: this process and all of PostgreSQL."""

    ms: float
    cpu_ms: float


class _Clocked:
    """A scheduler as the notifier has it, whose clock is moved so that just one batch is due."""

    def __init__(self, database: Database, postgres_pid: int) -> None:
        self.database = database
        self._postgres_pid = postgres_pid
        self.at = _BEGAN
        self.scheduler = TimerScheduler(database, lambda: self.at)

    async def begin(self) -> None:
        """Fire a batch of each, so that connections are open and statements known as in a service at work."""
        await self.tick()
        await self.tick()

    async def tick(self) -> _Ticked:
        """One tick of a full batch, of triggers and of clocks in turn."""
        self.at += _STEP
        server, own = Meter([self._postgres_pid]), time.process_time()
        ticked = await self.scheduler.tick()
        own, spent = time.process_time() - own, server.read()
        assert ticked.claimed == BATCH, ticked
        assert (await self.scheduler.tick()).claimed == 0
        return _Ticked(spent.seconds * 1000, (own + spent.cpu) * 1000)


async def _fire_meanwhile(tickers: Sequence[_Clocked], seconds: float) -> None:
    """Let the large databases fire, a batch of either kind a second, while the snapshot grows old."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        next_second = time.monotonic() + 1
        for ticker in tickers:
            await ticker.begin()
        await asyncio.sleep(max(0.0, next_second - time.monotonic()))


@asynccontextmanager
async def _snapshot(database: Database) -> AsyncIterator[None]:
    """A transaction that sees the database as it is now, for as long as the context lasts."""
    async with database.engine.connect() as reader:
        await reader.execute(text("begin isolation level repeatable read"))
        for limit in ("idle_in_transaction_session_timeout", "transaction_timeout"):
            await reader.execute(text(f"set local {limit} = 0"))
        await reader.execute(text("select count(*) from timer_due where fire_at < now() - interval '10 years'"))
        yield
        await reader.execute(text("select"))  # fails where the snapshot was lost


async def _fill(postgres: EmbeddedPostgres, name: str, count: int, sizes: Sizes) -> None:
    """A database with so many open timers and twice as many triggers, of which each day the next 500 come."""
    await _as_owner(postgres.url("postgres"), f"create database {_name(name)}")
    address = postgres.url(_name(name))
    await asyncio.to_thread(migrate, MigrateSettings(database_url=address))
    database = Database(async_address(address), longest="0")
    chains = {"first_response": [{"after": "PT9000H", "to": "owner"}]}  # its steps come after the last tick
    policies = read_policies({"time_zone": "Europe/Lisbon", "chains": chains})
    snapshot = policies.snapshot("T-03", "first_response", "service_advisor")
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
        await connection.execute(insert(sla_policy), policy_rows([timer]))
        await connection.execute(insert(sla_timer).values(to_row(timer)))
        for statement in (_COPY_TIMERS, _ADD_DUE):
            await connection.execute(text(statement), {"count": count})
        await connection.execute(text(_ADD_TRIGGERS), {"count": count * TRIGGERS_EACH})
    await database.close()
    await _as_owner(address, "vacuum analyze", "checkpoint")


def _name(which: str) -> str:
    return f"ticks_{which}"


async def _as_owner(address: str, *statements: str) -> None:
    """Run what the role of the services may not, each statement outside of a transaction."""
    owner = Database(async_address(address), role=None, pool_size=1, longest="0")
    async with owner.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            await autocommit.execute(text(statement))
    await owner.close()
