"""From an event to its task: how long at a steady rate, and how many a second when much has waited."""

import asyncio
import json
import time
from dataclasses import dataclass

import asyncpg
import bodies
import httpx
from machine import DEALER, KEY, Machine, put

RATE = 100
SECONDS = 10
BACKLOG = 4_000


@dataclass(frozen=True, slots=True)
class Flow:
    """Milliseconds from before the POST to the task on a feed, and events a second drained with their tasks."""

    p50: float
    p99: float
    drained: float


async def measure(machine: Machine) -> Flow:
    """Latency first, then the backlog."""
    with machine.service("journey_api") as api:
        put(api, f"/v1/dealers/{DEALER}", {"name": "Bench", "time_zone": "Europe/Lisbon"})
        put(
            api,
            f"/v1/dealers/{DEALER}/staff/S-1",
            {"name": "P", "roles": ["product_specialist"], "capacity": 10_000},
        )
        with machine.service("handoff_worker"):
            latencies = sorted(await _latencies(api))
        await _post_backlog(api)
        before = await _count(machine)
        with machine.service("handoff_worker"):
            drained = await _drain(machine, before)
    return Flow(_quantile(latencies, 0.5), _quantile(latencies, 0.99), drained)


async def _latencies(port: int) -> list[float]:
    """Open loop: posted by schedule, whatever the answers take; timed until the feed tells of the task."""
    posted: dict[str, float] = {}
    arrived: dict[str, float] = {}
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
        listening = asyncio.Event()
        listener = asyncio.create_task(_listen(client, arrived, listening))
        await listening.wait()
        began, posts = time.perf_counter(), []
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            posts.append(asyncio.create_task(_post(client, f"L-{number}", posted)))
        await asyncio.gather(*posts)
        async with asyncio.timeout(60):
            while len(arrived) < len(posted):
                await asyncio.sleep(0.05)
        listener.cancel()
    return [(arrived[customer] - posted[customer]) * 1000 for customer in posted]


async def _post(client: httpx.AsyncClient, customer: str, posted: dict[str, float]) -> None:
    posted[customer] = time.perf_counter()
    answer = await client.post("/v1/events", content=json.dumps(bodies.event(customer)), headers=bodies.SINGLE)
    answer.raise_for_status()


async def _listen(client: httpx.AsyncClient, arrived: dict[str, float], listening: asyncio.Event) -> None:
    async with client.stream("GET", "/v1/tasks/feed", timeout=None) as stream:
        async for line in stream.aiter_lines():
            listening.set()
            if line.startswith("data: "):
                customer = json.loads(line[6:])["task"]["customer_id"]
                arrived.setdefault(customer, time.perf_counter())


async def _post_backlog(port: int) -> None:
    headers = dict(bodies.BATCH)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        for start in range(0, BACKLOG, 500):
            events = [bodies.event(f"B-{start + number}") for number in range(500)]
            (await client.post("/v1/events", content=json.dumps(events))).raise_for_status()


async def _drain(machine: Machine, before: int) -> float:
    while (count := await _count(machine)) == before:
        await asyncio.sleep(0.02)
    began, first = time.perf_counter(), count
    while (count := await _count(machine)) < before + BACKLOG:
        await asyncio.sleep(0.05)
    return (count - first) / (time.perf_counter() - began)


async def _count(machine: Machine) -> int:
    connection = await asyncpg.connect(machine.address())
    try:
        return int(await connection.fetchval("select count(*) from routing"))
    finally:
        await connection.close()


def _quantile(ordered: list[float], q: float) -> float:
    return ordered[min(int(len(ordered) * q), len(ordered) - 1)]
