"""Loops that fail, fail again, and stop."""

import asyncio

import pytest

from shared.process.error_text import root_causes
from shared.process.health import OK
from shared.process.supervisor import FAILURES_IN_A_ROW, Supervisor


async def test_loops_run_until_they_are_asked_to_stop() -> None:
    stop, begun = asyncio.Event(), asyncio.Event()
    finished = []

    async def loop(stop: asyncio.Event) -> None:
        begun.set()
        await stop.wait()
        finished.append("batch")

    supervisor = Supervisor({"one": loop})
    assert await supervisor.check() == "not running: one"
    running = asyncio.create_task(supervisor.run(stop))
    await begun.wait()
    assert await supervisor.check() == OK
    stop.set()
    await running
    assert finished == ["batch"]


async def test_a_loop_that_fails_begins_again() -> None:
    stop, again = asyncio.Event(), asyncio.Event()
    starts = []

    async def loop(stop: asyncio.Event) -> None:
        starts.append(1)
        if len(starts) == 1:
            raise ValueError("once")
        again.set()
        await stop.wait()

    running = asyncio.create_task(Supervisor({"one": loop}).run(stop))
    async with asyncio.timeout(60):
        await again.wait()
    stop.set()
    await running
    assert len(starts) == 2


async def test_a_loop_that_keeps_failing_ends_the_others_and_tells_why() -> None:
    starts = []

    async def broken(_stop: asyncio.Event) -> None:
        starts.append(1)
        raise ValueError("always")

    async def sound(stop: asyncio.Event) -> None:
        await stop.wait()

    with pytest.raises(ExceptionGroup) as raised:
        await Supervisor({"broken": broken, "sound": sound}).run(asyncio.Event())
    assert [str(cause) for cause in root_causes(raised.value)] == ["always"]
    assert len(starts) == FAILURES_IN_A_ROW


async def test_an_outage_is_outlasted() -> None:
    stop, enough = asyncio.Event(), asyncio.Event()
    starts = []

    async def loop(stop: asyncio.Event) -> None:
        starts.append(1)
        if len(starts) > FAILURES_IN_A_ROW:
            enough.set()
            await stop.wait()
        raise ConnectionRefusedError

    running = asyncio.create_task(Supervisor({"one": loop}).run(stop))
    async with asyncio.timeout(60):
        await enough.wait()
    stop.set()
    await running


async def test_a_cancellation_that_nobody_asked_for_is_a_failure() -> None:
    """A library may let out that of a task of its own; the loop must not be gone for good, and silently."""
    stop, again = asyncio.Event(), asyncio.Event()
    starts = []

    async def loop(stop: asyncio.Event) -> None:
        starts.append(1)
        if len(starts) == 1:
            inner = asyncio.create_task(stop.wait())
            inner.cancel()
            await inner
        again.set()
        await stop.wait()

    running = asyncio.create_task(Supervisor({"one": loop}).run(stop))
    async with asyncio.timeout(60):
        await again.wait()
    stop.set()
    await running
    assert len(starts) == 2


async def test_a_cancellation_from_outside_ends_everything() -> None:
    begun = asyncio.Event()

    async def loop(stop: asyncio.Event) -> None:
        begun.set()
        await stop.wait()

    running = asyncio.create_task(Supervisor({"one": loop}).run(asyncio.Event()))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
