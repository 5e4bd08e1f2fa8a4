"""Loops that end when they are asked to, between two pieces of work."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import timedelta
from typing import Any, TypeVar

_T = TypeVar("_T")

Loop = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set, finishes what it holds, and returns."""


async def pause(stop: asyncio.Event, delay: timedelta, wake: asyncio.Event | None = None) -> None:
    """Wait this long in real time, or until asked to stop, or woken."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, wake) if event is not None]
    try:
        await asyncio.wait(waits, timeout=delay.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T | None:
    """What the work answers; None once asked to stop, which cancels it. Raises what the work raises."""
    tasks = working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.wait(tasks)


def growing_delays(
    first: timedelta = timedelta(milliseconds=50), longest: timedelta = timedelta(seconds=5)
) -> Iterator[timedelta]:
    """Delays that double up to the longest, without end."""
    delay = first
    while True:
        yield delay
        delay = min(delay * 2, longest)
