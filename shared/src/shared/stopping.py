"""Loops that end when they are asked to, between two pieces of work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

Loop = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set, finishes what it holds, and returns."""


async def pause(stop: asyncio.Event, delay: timedelta) -> None:
    """Wait this long in real time, or until asked to stop."""
    try:
        async with asyncio.timeout(delay.total_seconds()):
            await stop.wait()
    except TimeoutError:
        return


def growing_delays(
    first: timedelta = timedelta(milliseconds=50), longest: timedelta = timedelta(seconds=5)
) -> Iterator[timedelta]:
    """Delays that double up to the longest, without end."""
    delay = first
    while True:
        yield delay
        delay = min(delay * 2, longest)
