"""From an event to its task: how long at a steady rate, and how many a second when much has waited."""

import asyncio
import json
import time
from dataclasses import dataclass
from functools import partial

import bodies
import httpx
from contestant import PATIENCE, until_count, until_notified
from figures import quantile
from handoff import WORKER, Handoff
from load import drive, post
from machine import KEY
from open_loop import post_by_schedule
from processes import Meter
from sizes import Sizes

_AT_ONCE = 500
_CHECK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Flow:
    """Milliseconds from when a POST was due to the task on a feed; events a second drained, and for each core used."""

    p50: float
    p99: float
    drained: float
    per_core: float


async def measure(stack: Handoff, sizes: Sizes) -> Flow:
    """Latency first, then the backlog, and then wait until nothing of it is left to do."""
    told = await stack.notified()
    waits = await _waits_for_tasks(stack.port, sizes)
    stack.stop(WORKER)
    await _post_backlog(stack.port, sizes.backlog)
    before = await _routed(stack)
    stack.start(WORKER)
    drained, per_core = await _drain(stack, before, before + sizes.backlog)
    await until_notified(stack, told + len(waits) + sizes.backlog)
    return Flow(quantile(waits, 0.5), quantile(waits, 0.99), drained, per_core)


async def _waits_for_tasks(port: int, sizes: Sizes) -> list[float]:
    """Open loop: posted by schedule, whatever the answers take; timed until the feed tells of the task."""
    customers = [f"L-{number}" for number in range(int(sizes.rate * sizes.latency_seconds))]
    arrived: dict[str, float] = {}
    listening = asyncio.Event()
    listener = asyncio.create_task(listen_for_tasks(port, arrived, listening))
    await listening.wait()
    schedule = await post_by_schedule(
        port, sizes.rate, len(customers), lambda n: post("/v1/events", bodies.fresh(customers[n]), bodies.SINGLE)
    )
    async with asyncio.timeout(PATIENCE):
        while not arrived.keys() >= set(customers):
            await asyncio.sleep(_CHECK_EVERY)
    listener.cancel()
    return [1000 * (arrived[customer] - due) for customer, due in zip(customers, schedule.due, strict=True)]


async def listen_for_tasks(port: int, arrived: dict[str, float], listening: asyncio.Event, key: str = KEY) -> None:
    """Note when (seconds since the epoch) the feed of a key first tells of a task of each customer, until cancelled."""
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client,
        client.stream("GET", "/v1/tasks/feed", timeout=None) as stream,
    ):
        async for line in stream.aiter_lines():
            listening.set()
            if line.startswith("data: "):
                customer = json.loads(line[6:])["task"]["customer_id"]
                arrived.setdefault(customer, time.time())


async def _post_backlog(port: int, size: int) -> None:
    batches = [
        [json.loads(bodies.fresh(f"B-{number}")) for number in range(start, min(start + _AT_ONCE, size))]
        for start in range(0, size, _AT_ONCE)
    ]
    requests = iter([post("/v1/events", json.dumps(batch).encode(), bodies.BATCH) for batch in batches])
    load = await drive(port, 1, PATIENCE, lambda: next(requests, None))
    assert sum(load.statuses.values()) == len(batches), load.statuses


async def _drain(stack: Handoff, before: int, wanted: int) -> tuple[float, float]:
    """Timed from the first effect on, so that the start of the process is not counted."""
    routed = partial(_routed, stack)
    first = await until_count(routed, before + 1, "routings")
    meter = Meter(stack.pids())
    count = await until_count(routed, wanted, "routings")
    spent = meter.read()
    return (count - first) / spent.seconds, (count - first) / spent.cpu


async def _routed(stack: Handoff) -> int:
    return int(await stack.connection.fetchval("select count(*) from routing"))
