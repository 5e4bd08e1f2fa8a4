"""Waiting for conditions, and the beat of a load; the only clock the tests look at."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

POLL = 0.05


async def until(met: Callable[[], Awaitable[object]], seconds: float, what: str, poll: float = POLL) -> None:
    """Return once the condition holds; AssertionError naming it when it does not within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while not await met():
                await pause(poll)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:.0f} s: {what}") from None


async def beats(interval: float, count: int) -> AsyncIterator[int]:
    """The numbers 0, 1, … so many seconds apart; a late one does not delay the next."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number in range(count):
        await pause(begun + number * interval - loop.time())
        yield number


async def pause(seconds: float) -> None:
    """Let so much real time pass."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max(seconds, 0)):
            await asyncio.Event().wait()
