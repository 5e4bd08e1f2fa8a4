"""The broker gone and back: what intake feels of it, and how long the relay then needs for what has waited."""

import asyncio
import math
import time
from dataclasses import dataclass, field

import bodies
from broker import counting
from contestant import PATIENCE
from figures import quantile
from handoff import Handoff
from load import drive, post
from open_loop import Schedule, post_by_schedule
from sizes import Sizes

from handoff_local.kafka import EmbeddedKafka
from shared.vocabulary import JOURNEY_TOPIC

_BATCH = 100
_CONNECTIONS = 4
_CHECK_EVERY = 0.1


@dataclass(slots=True)
class Outage:
    """Latencies of single POSTs in milliseconds; what waited for the broker, and the seconds until it had all."""

    before: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)
    draining: list[float] = field(default_factory=list)
    waited: int = 0
    seconds: float = math.nan
    routed: float = 0.0
    """The share of the waiting events that the worker had routed when the broker had them all."""

    def p99(self, latencies: list[float]) -> float:
        """Their 99th percentile."""
        return quantile(latencies, 0.99)


async def measure(stack: Handoff, kafka: EmbeddedKafka, sizes: Sizes) -> Outage:
    """Before, during and after; the broker comes back on its folder and its port."""
    outage = Outage()
    await _relayed(stack, kafka, await _accepted(stack))
    outage.before += await _intake(stack, sizes)
    await _relayed(stack, kafka, await _accepted(stack))
    stored = await _accepted(stack)
    kafka.stop()
    outage.during += await _intake(stack, sizes)
    await _fill(stack, sizes.outage_backlog - (await _accepted(stack) - stored))
    outage.during += await _intake(stack, sizes)
    waiting = await _accepted(stack)
    outage.waited = waiting - stored
    kafka.start()
    stack.broker = kafka.pid
    await _drain(outage, stack, kafka, waiting, sizes)
    return outage


async def _drain(outage: Outage, stack: Handoff, kafka: EmbeddedKafka, waiting: int, sizes: Sizes) -> None:
    """Timed from when the broker answers again, intake going on."""
    began, routed = time.perf_counter(), await _routed(stack)
    relayed = asyncio.create_task(_relayed(stack, kafka, waiting))
    while not relayed.done():
        outage.draining += await _intake(stack, sizes, seconds=1.0)
    outage.seconds = await relayed - began
    outage.routed = (await _routed(stack) - routed) / outage.waited


async def _intake(stack: Handoff, sizes: Sizes, seconds: float | None = None) -> list[float]:
    """Single POSTs by schedule; their latencies."""
    count = int(sizes.outage_rate * (seconds or sizes.outage_seconds))
    schedule: Schedule = await post_by_schedule(
        stack.port, sizes.outage_rate, count, lambda _: post("/v1/events", bodies.single(), bodies.SINGLE)
    )
    assert not schedule.refused, f"{schedule.refused} events were refused"
    return [1000 * latency for latency in schedule.latencies]


async def _fill(stack: Handoff, size: int) -> None:
    requests = (post("/v1/events", bodies.batch(_BATCH), bodies.BATCH) for _ in range(0, size, _BATCH))
    load = await drive(stack.port, _CONNECTIONS, math.inf, lambda: next(requests, None))
    assert set(load.statuses) <= {202}, load.statuses


async def _relayed(stack: Handoff, kafka: EmbeddedKafka, wanted: int) -> float:
    """Wait until the broker has so many events; when that was."""
    async with counting(kafka.bootstrap(), JOURNEY_TOPIC) as written, asyncio.timeout(PATIENCE):
        while await written() < wanted:
            await asyncio.sleep(_CHECK_EVERY)  # not by guesses of the rate, which changes while the relay finds back
    return time.perf_counter()


async def _accepted(stack: Handoff) -> int:
    return int(await stack.connection.fetchval("select count(*) from journey_event"))


async def _routed(stack: Handoff) -> int:
    return int(await stack.connection.fetchval("select count(*) from routing"))
