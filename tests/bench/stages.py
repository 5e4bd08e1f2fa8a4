"""What an event costs at each stage: processor time by process, statements, rows, commits and WAL, in bulk and quiet.

Statements are counted in rounds of their own, in which the database logs them: that costs time of its own.
"""

import asyncio
import itertools
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import asyncpg
import bodies
from contestant import until_notified
from handoff import API, NOTIFIER, WORKER, Handoff, furnished
from load import drive, post
from machine import DEALER, machine, postmaster
from open_loop import post_by_schedule
from processes import Meter
from sizes import Sizes

POSTGRES = "PostgreSQL"
PROCESSES = (API, WORKER, NOTIFIER, POSTGRES)
_TUNING: Mapping[str, str] = {"full_page_writes": "off"}
_LOGGED: Mapping[str, str] = {"log_statement": "all", "log_line_prefix": "%a|"}
_STATEMENT = re.compile(r"(?m)^([^|\n]*)\|LOG:  (?:statement|execute [^:]*): ")
WARM = 200
"""Events before those that are measured."""
_AT_ONCE = 100
_QUIET_RATE = 2.0
REST = 3.0
"""Real seconds until what the last event left, beside its notification, is done."""
_COUNTED_WITHIN = 60
_COUNTED = """
    select sum(n_tup_ins)::float8 as inserted, sum(n_tup_upd)::float8 as updated, sum(n_tup_del)::float8 as deleted,
           (select xact_commit::float8 from pg_stat_database where datname = current_database()) as commits,
           (pg_current_wal_insert_lsn() - '0/0')::float8 as wal
      from pg_stat_user_tables
"""
_HANDED_IN = " and ".join(
    f"(select n_tup_ins - n_tup_del from pg_stat_user_tables where relname = '{table}')"
    f" >= (select count(*) from {table})"
    for table in ("journey_event", "routing", "moment", "sla_timer", "notification", "feed")
)
"""That the connections have handed in what they did: each does when it is idle for a while, at most 10 s after."""


@dataclass
class Stage:
    """Of an event: processor milliseconds by process, rows written, commits, bytes of WAL, statements by service.

    WAL is without full-page images. `foreign` is how many cores others kept busy.
    """

    cpu: dict[str, float] = field(default_factory=dict)
    rows: float = 0.0
    commits: float = 0.0
    wal: float = 0.0
    foreign: float = 0.0
    statements: dict[str, float] = field(default_factory=dict)

    @property
    def milliseconds(self) -> float:
        """Of all processes."""
        return sum(self.cpu.values())

    @property
    def asked(self) -> float:
        """Statements of all services."""
        return sum(self.statements.values())


@dataclass
class Stages:
    """In bulk, round by round, at two a second, and at rest: there a second takes the place of an event."""

    bulks: list[Stage]
    quiet: Stage
    idle: Stage

    @property
    def bulk(self) -> Stage:
        """The round whose processor time is in the middle."""
        return sorted(self.bulks, key=lambda one: one.milliseconds)[len(self.bulks) // 2]


async def measure(sizes: Sizes) -> Stages:
    """All figures, on machines of their own."""
    bulks, slow = [], int(_QUIET_RATE * sizes.stage_seconds)
    async with quick_stack({}) as stack:
        await post_in_bulk(stack, "W", WARM)
        idle = await _counted(stack, lambda: asyncio.sleep(sizes.rest_seconds), int(sizes.rest_seconds))
        for prefix in _rounds(sizes):
            act = partial(post_in_bulk, stack, prefix, sizes.stage_events)
            bulks.append(await _counted(stack, act, sizes.stage_events))
        quiet = await _counted(stack, lambda: _by_schedule(stack, "Q", slow), slow)
    async with quick_stack(_LOGGED) as stack:
        await post_in_bulk(stack, "W", WARM)
        idle.statements = await _logged(stack, lambda: asyncio.sleep(sizes.rest_seconds), int(sizes.rest_seconds))
        for bulk, prefix in zip(bulks, _rounds(sizes), strict=True):
            act = partial(post_in_bulk, stack, prefix, sizes.stage_events)
            bulk.statements = await _logged(stack, act, sizes.stage_events)
        quiet.statements = await _logged(stack, lambda: _by_schedule(stack, "Q", slow), slow)
    return Stages(bulks, quiet, idle)


def _rounds(sizes: Sizes) -> list[str]:
    """A prefix of the customers of each round."""
    return [f"B{number}" for number in range(sizes.rounds)]


@asynccontextmanager
async def quick_stack(tuning: Mapping[str, str]) -> AsyncIterator[Handoff]:
    """A stack whose database writes no full-page images."""
    with machine(tuning=_TUNING | tuning) as place:
        async with furnished("stages", place) as stack:
            yield stack


async def post_in_bulk(stack: Handoff, prefix: str, count: int, dealers: Sequence[str] = (DEALER,)) -> None:
    """As many events of as many customers at once, of the dealers in turn, until each is notified of and all is at
    rest."""
    before = await stack.notified()
    events = [
        bodies.event(f"{prefix}-{number}", dealer=dealer)
        for number, dealer in zip(range(count), itertools.cycle(dealers), strict=False)
    ]
    batches = [events[start : start + _AT_ONCE] for start in range(0, count, _AT_ONCE)]
    requests = iter([post("/v1/events", json.dumps(batch).encode(), bodies.BATCH) for batch in batches])
    load = await drive(stack.port, 4, 600, lambda: next(requests, None))
    assert load.statuses == {202: len(batches)}, load.statuses
    await until_notified(stack, before + count)
    await asyncio.sleep(REST)


async def _by_schedule(stack: Handoff, prefix: str, count: int) -> None:
    before = await stack.notified()
    await post_by_schedule(
        stack.port,
        _QUIET_RATE,
        count,
        lambda number: post("/v1/events", bodies.fresh(f"{prefix}-{number}"), bodies.SINGLE),
    )
    await until_notified(stack, before + count)
    await asyncio.sleep(REST)


async def _counted(stack: Handoff, act: Callable[[], Awaitable[None]], times: int) -> Stage:
    before = await read_counters(stack)
    cpu, foreign = await processor_time(stack, act, times)
    after = await read_counters(stack)
    spent = {name: (after[name] - before[name]) / times for name in after}
    rows = spent["inserted"] + spent["updated"] + spent["deleted"]
    return Stage(cpu, rows, spent["commits"], spent["wal"], foreign)


async def processor_time(
    stack: Handoff, act: Callable[[], Awaitable[None]], times: int
) -> tuple[dict[str, float], float]:
    """Milliseconds by process that each of so many times took, and how many cores others kept busy."""
    meters = {name: Meter([pid]) for name, pid in _processes(stack).items()}
    whole = Meter(stack.pids())
    await act()
    cpu = {name: 1000 * meter.read().cpu / times for name, meter in meters.items()}
    return cpu, whole.read().foreign


def _processes(stack: Handoff) -> dict[str, int]:
    return {**{module: stack.pid(module) for module in PROCESSES[:-1]}, POSTGRES: postmaster(stack.machine.postgres)}


async def read_counters(stack: Handoff) -> dict[str, float]:
    """What the server's statistics count, once the connections have handed in what they did.

    Raises TimeoutError after a minute of real time.
    """
    async with asyncio.timeout(_COUNTED_WITHIN):
        while not await stack.connection.fetchval(f"select {_HANDED_IN}"):
            await asyncio.sleep(REST)
    row: asyncpg.Record = await stack.connection.fetchrow(_COUNTED)
    return dict(row)


async def _logged(stack: Handoff, act: Callable[[], Awaitable[None]], times: int) -> dict[str, float]:
    log = stack.machine.folder / "postgres.log"
    start = log.stat().st_size
    await act()
    with log.open("rb") as file:
        file.seek(start)
        text = file.read().decode(errors="replace")
    counted = Counter(_STATEMENT.findall(text))
    return {name: count / times for name, count in counted.items()}
