"""Loops that end when they are asked to, between two pieces of work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

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


def growing_delays(
    first: timedelta = timedelta(milliseconds=50), longest: timedelta = timedelta(seconds=5)
) -> Iterator[timedelta]:
    """Delays that double up to the longest, without end."""
    delay = first
    while True:
        yield delay
        delay = min(delay * 2, longest)
