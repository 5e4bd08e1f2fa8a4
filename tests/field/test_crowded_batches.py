"""A batch of very many faults is refused for the first of them, and no batch keeps others waiting."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from event_posting import Events, pointers
from fastapi import FastAPI

from harness.cpu_share import CpuShare, unit

pytestmark = pytest.mark.database
MOST = 3.0
"""Units of CPU, as for any request."""
LONGEST = 1_000


def unknown_facts(events: Events, number: int) -> dict[str, Any]:
    """An event of eighty facts that nobody knows."""
    return events.event(str(number), data=events.data(facts={f"x{fact}": fact for fact in range(80)}))


def unknown_topics(events: Events, number: int) -> dict[str, Any]:
    """An event of topics that nobody knows, each with those that are near."""
    return events.event(str(number), data=events.data(topics=[f"infotainmen{topic}" for topic in range(80)]))


def unknown_attributes(events: Events, number: int) -> dict[str, Any]:
    """An event of attributes that are no extensions."""
    return events.event(str(number), **{f"No-{name}": name for name in range(80)})


KINDS = (unknown_facts, unknown_topics, unknown_attributes)


@pytest.fixture
async def known(app: FastAPI, dealers: None, spared_collector: None) -> AsyncIterator[Events]:
    """Posts events of a dealer, and looks at no answer meanwhile."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"authorization": "Bearer bootstrap-key-of-the-tests"}
    async with httpx.AsyncClient(transport=transport, base_url="http://handoff.test", headers=headers) as client:
        yield Events(client)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_first_hundred_faults_are_enough(known: Events, kind: Callable[..., Any]) -> None:
    batch = json.dumps([kind(known, number) for number in range(LONGEST)]).encode()
    answers: list[httpx.Response] = []

    async def work() -> None:
        answers.append(await known.send(batch, "cloudevents-batch"))

    assert await CpuShare().least_units(work, MOST) <= MOST
    assert answers[-1].status_code == 422
    assert len(pointers(answers[-1])) == 100
    assert {pointer.split("/")[1] for pointer in pointers(answers[-1])} == {"0", "1"}


async def longest_stretch(work: Awaitable[httpx.Response]) -> tuple[float, httpx.Response]:
    """The longest that others of the process had to wait for their turn, in seconds of CPU, and the answer."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)  # others have their turn
            longest = max(longest, time.thread_time() - began)

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        answer = await work
        await asyncio.sleep(0)
        watching.cancel()
    return longest, answer


@pytest.mark.parametrize("kind", KINDS)
async def test_others_have_their_turn_where_each_is_answered(known: Events, kind: Callable[..., Any]) -> None:
    batch = json.dumps([kind(known, number) for number in range(LONGEST)]).encode()
    headers = {"content-type": "application/cloudevents-batch+json"}
    units = []
    while not units or (min(units) > MOST and len(units) < 5):
        took, answer = await longest_stretch(
            known.client.post("/v1/events?partial=true", content=batch, headers=headers)
        )
        units.append(took / unit())
    assert min(units) <= MOST
    assert answer.status_code == 207
    named = [len(one["errors"]) for one in answer.json()["events"]]
    assert (len(named), named[0], named[-1]) == (LONGEST, 80, 1)
    assert sum(named) < 1_100 + LONGEST


async def test_what_is_wrong_before_and_after_good_ones_is_still_named(known: Events) -> None:
    """Fewer faults than are enough are all named, wherever they stand."""
    good = [known.event(str(number)) for number in range(300)]
    good[7]["data"] = known.data(topics=["nothing"])
    good[299]["data"] = known.data(step=99)
    answer = await known.batch(*good)
    assert (answer.status_code, pointers(answer)) == (422, ["/7/data/topics/0", "/299/data/step"])
