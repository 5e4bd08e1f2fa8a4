"""Events at a steady rate while a transaction holds a snapshot all the time, so that nothing is vacuumed.

They are of many dealers in turn, so that nobody comes to hold more than people do: no task is completed. Of some
dealers: how many become tasks, how soon in the first and the last part of that time. And the dead rows that are left.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import bodies
import decisions
import httpx
import psutil
from figures import Rounds, quantile
from growth_rows import add_dealers, dealer_id
from handoff import Handoff
from load import post
from machine import KEY
from open_loop import post_by_schedule
from pipeline import listen_for_tasks
from processes import Meter
from sizes import Sizes
from stages import WARM, post_in_bulk, quick_stack, read_counters

RATE: Final = 200
"""Events a second."""
FOLLOWED: Final = 10
"""One dealer in so many is followed: a feed's cursor has a position for each."""
SHARE: Final = 12
"""The first and the last of so many parts of the time are compared: of an hour, five minutes."""
FIRST, LAST = "first", "last"
P50, P99, KEPT, DECIDED = "p50", "p99", "kept", "decided"
_SLICES: Final = 5
"""A part is divided into so many, so that its figures have a range."""
_CONTROLS: Final = 3
_PATIENCE: Final = 600.0
_CHECK_EVERY: Final = 0.2
_LISTED: Final = 10
_SERVER: Final = {
    "shared_buffers": f"{psutil.virtual_memory().total // 4 // 2**20}MB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "15min",
}
"""As docs/operations.md advises for a server: what is written in an hour outgrows what an installation on one's own
desk has, and what is checkpointed every few minutes is written again and again."""
_DEAD: Final = f"""
    select relname as table, n_live_tup as live, n_dead_tup as dead, pg_total_relation_size(relid) as size
      from pg_stat_user_tables where n_dead_tup > 0 order by n_dead_tup desc, relname limit {_LISTED}
"""


@dataclass
class Held:
    """`rounds`: of the slices of either part milliseconds from when a POST was due to its task on the feed, and of 1
    the share of the rate at which tasks came; decisions of the pure routing a second before and after all of it.

    `dead`: a row a table of what is live, dead, and its bytes with indexes, after the last event. `foreign` is how many
    cores others kept busy.
    """

    rounds: Rounds = field(default_factory=Rounds)
    events: int = 0
    dealers: int = 0
    seconds: float = 0.0
    dead: list[dict[str, object]] = field(default_factory=list)
    foreign: float = 0.0


def figure_of(part: str, what: str) -> str:
    """The name of a figure."""
    return f"{part}: {what}"


async def measure(sizes: Sizes) -> Held:
    """All of it, on a machine of its own. Raises an error of the database if the snapshot was lost on the way."""
    dealers = [dealer_id(number) for number in range(sizes.growth_dealers[-1])]
    found = Held(events=int(RATE * sizes.snapshot_seconds), dealers=len(dealers), seconds=sizes.snapshot_seconds)
    async with quick_stack(_SERVER) as stack:
        await add_dealers(stack.connection, len(dealers) - 1)
        await stack.connection.execute("vacuum analyze", timeout=None)
        await post_in_bulk(stack, "W", max(WARM, len(dealers)), dealers)
        decisions.measure()  # the first loads and warms what it measures
        await read_counters(stack)
        _decide(found, FIRST)
        meter = Meter(stack.pids())
        async with _snapshot(stack):
            due, arrived = await _events(stack, found.events, dealers)
            found.foreign = meter.read().foreign
            await read_counters(stack)
            found.dead = [dict(row) for row in await stack.connection.fetch(_DEAD)]
        _decide(found, LAST)
    _compare(found, due, arrived)
    return found


@asynccontextmanager
async def _snapshot(stack: Handoff) -> AsyncIterator[None]:
    """A transaction that sees the database as it is now, for as long as the context lasts."""
    reader = await asyncpg.connect(stack.machine.address())
    try:
        await reader.execute("set idle_in_transaction_session_timeout = 0")
        async with reader.transaction(isolation="repeatable_read", readonly=True):
            seen = await reader.fetchval("select count(*) from journey_event")
            yield
            assert await reader.fetchval("select count(*) from journey_event") == seen
    finally:
        await reader.close()


async def _events(stack: Handoff, count: int, dealers: Sequence[str]) -> tuple[list[float], list[float]]:
    """Post by schedule; of the followed dealers when each event was due and when its task was on the feed, in seconds
    since the epoch."""
    arrived: dict[str, float] = {}
    listening = asyncio.Event()
    key = await _key_of(stack.port, dealers[::FOLLOWED])
    listener = asyncio.create_task(listen_for_tasks(stack.port, arrived, listening, key))
    await listening.wait()
    schedule = await post_by_schedule(
        stack.port,
        RATE,
        count,
        lambda number: post("/v1/events", bodies.fresh(f"H-{number}", dealers[number % len(dealers)]), bodies.SINGLE),
    )
    assert not schedule.refused, f"{schedule.refused} events were refused"
    followed = [number for number in range(count) if number % len(dealers) % FOLLOWED == 0]
    async with asyncio.timeout(_PATIENCE):
        while len(arrived) < len(followed):
            assert not listener.done(), "the feed has ended"
            await asyncio.sleep(_CHECK_EVERY)
    listener.cancel()
    return [schedule.due[number] for number in followed], [arrived[f"H-{number}"] for number in followed]


async def _key_of(port: int, dealers: Sequence[str]) -> str:
    """A key that reads the tasks of these dealers."""
    asked = {"name": "followed", "dealers": list(dealers), "scopes": ["tasks:read"]}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.post("/v1/keys", json=asked, headers={"Authorization": f"Bearer {KEY}"})
    return str(answer.raise_for_status().json()["key"])


def _compare(found: Held, due: list[float], arrived: list[float]) -> None:
    """The figures of the slices of both parts."""
    length = len(due) // SHARE // _SLICES
    for number in range(_SLICES):
        for part, start in ((FIRST, number * length), (LAST, len(due) - (_SLICES - number) * length)):
            _slice(found, part, due[start : start + length], arrived, start)


def _slice(found: Held, part: str, due: list[float], arrived: list[float], start: int) -> None:
    waits = [1000 * (at - since) for since, at in zip(due, arrived[start:], strict=False)]
    # a slice ends where the next would begin
    begins, ends = due[0], due[-1] + (due[-1] - due[0]) / (len(due) - 1)
    found.rounds.add(figure_of(part, P50), quantile(waits, 0.5))
    found.rounds.add(figure_of(part, P99), quantile(waits, 0.99))
    found.rounds.add(figure_of(part, KEPT), sum(begins <= at < ends for at in arrived) / len(due))


def _decide(found: Held, part: str) -> None:
    for _ in range(_CONTROLS):
        found.rounds.add(figure_of(part, DECIDED), decisions.measure())
