"""What the events of one customer cost: a run of them, and one of a customer who has many open cases."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import bodies
from figures import Rounds
from handoff import Handoff
from load import drive, post
from open_loop import post_by_schedule
from sizes import Sizes
from stages import REST, WARM, post_in_bulk, processor_time, quick_stack

RUN, SPREAD = "of one customer", "of as many customers"
ONE, MANY, AGAIN = "one open case", "many open cases", "one open case again"
COST, RATE = "CPU ms an event", "routed/s"
SINGLES_RATE: Final = 10.0
"""Events a second of the customer who has one case, and of the one who has many."""
_AT_ONCE: Final = 100
_LOOKS_EVERY: Final = 0.02


@dataclass
class OneCustomer:
    """Figures by `figure_of`, round by round; the most cores that others kept busy in a turn."""

    rounds: Rounds = field(default_factory=Rounds)
    foreign: float = 0.0


def figure_of(what: str, figure: str) -> str:
    """The name of a figure."""
    return f"{what}: {figure}"


async def measure(sizes: Sizes) -> OneCustomer:
    """Runs and single events in turn, on one machine."""
    found = OneCustomer()
    async with quick_stack({}) as stack:
        await post_in_bulk(stack, "W", WARM)
        await _post(stack, [_event("F-1", "V-0")])
        await _post(stack, [_event("F-2", f"V-{number}") for number in range(sizes.open_cases)])
        await _until_judged(stack)
        count = int(SINGLES_RATE * sizes.stage_seconds)
        for number in range(sizes.rounds):
            for what, customers in ((RUN, 1), (SPREAD, sizes.stage_events)):
                names = [f"R{number}-{customers}-{place % customers}" for place in range(sizes.stage_events)]
                await _run(found, stack, what, [_event(name, f"V-{name}") for name in names])
            for what, customer, cases in ((ONE, "F-1", 1), (MANY, "F-2", sizes.open_cases), (AGAIN, "F-1", 1)):
                vins = [f"V-{place % cases}" for place in range(count)]
                await _singles(found, stack, what, customer, vins)
    return found


async def _run(found: OneCustomer, stack: Handoff, what: str, events: list[dict[str, object]]) -> None:
    took: list[float] = []

    async def act() -> None:
        took.append(await _post(stack, events))
        await _until_judged(stack)

    await _measured(found, stack, what, act, len(events))
    found.rounds.add(figure_of(what, RATE), len(events) / took[0])


async def _singles(found: OneCustomer, stack: Handoff, what: str, customer: str, vins: list[str]) -> None:
    async def act() -> None:
        before = await _routed(stack)
        await post_by_schedule(
            stack.port, SINGLES_RATE, len(vins), lambda place: _single(_event(customer, vins[place]))
        )
        await _until_routed(stack, before + len(vins))
        await _until_judged(stack)

    await _measured(found, stack, what, act, len(vins))


async def _measured(
    found: OneCustomer, stack: Handoff, what: str, act: Callable[[], Awaitable[None]], count: int
) -> None:
    cpu, foreign = await processor_time(stack, act, count)
    found.rounds.add(figure_of(what, COST), sum(cpu.values()))
    found.foreign = max(found.foreign, foreign)


def _single(event: dict[str, object]) -> bytes:
    return post("/v1/events", json.dumps(event).encode(), bodies.SINGLE)


def _event(customer: str, vin: str) -> dict[str, object]:
    """An event that asks for a task; each vehicle of a customer has a case of its own."""
    event = bodies.event(customer)
    data = event["data"]
    assert isinstance(data, dict)
    return {**event, "data": {**data, "vehicle": {"vin": f"{customer}-{vin}", "delivered_on": "2026-10-02"}}}


async def _post(stack: Handoff, events: list[dict[str, object]]) -> float:
    """Post them at once, in their order; answers after how many seconds the last was routed."""
    before, began = await _routed(stack), time.perf_counter()
    batches = [events[start : start + _AT_ONCE] for start in range(0, len(events), _AT_ONCE)]
    requests = iter([post("/v1/events", json.dumps(batch).encode(), bodies.BATCH) for batch in batches])
    load = await drive(stack.port, 4, 600, lambda: next(requests, None))
    assert load.statuses == {202: len(batches)}, load.statuses
    await _until_routed(stack, before + len(events))
    return time.perf_counter() - began


async def _routed(stack: Handoff) -> int:
    return int(await stack.connection.fetchval("select count(*) from routing"))


async def _until_routed(stack: Handoff, count: int) -> None:
    async with asyncio.timeout(600):
        while await _routed(stack) < count:
            await asyncio.sleep(_LOOKS_EVERY)


async def _until_judged(stack: Handoff) -> None:
    """Until what the events have led to is told and judged."""
    async with asyncio.timeout(600):
        await asyncio.sleep(REST)
        while await stack.connection.fetchval("select exists (select from moment_due)"):
            await asyncio.sleep(REST)
