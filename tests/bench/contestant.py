"""What takes part in the comparison: a running system that takes events over HTTP and ends with a notification."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

PATIENCE = 600.0
_SELDOM, _OFTEN = 0.25, 0.02


class Contestant(Protocol):
    """A system of processes that run."""

    name: str

    @property
    def port(self) -> int:
        """Where it takes events."""
        ...

    def pids(self) -> list[int]:
        """The processes whose trees are all that it costs."""
        ...

    async def notified(self) -> int:
        """How many notifications it has made so far."""
        ...

    async def notified_at(self) -> dict[str, float]:
        """When each customer's was made, in seconds since the epoch."""
        ...


async def until_notified(contestant: Contestant, wanted: int) -> None:
    """Wait until it has made so many. Raises TimeoutError as `until_count` does."""
    await until_count(contestant.notified, wanted, f"notifications of {contestant.name}")


async def until_count(count: Callable[[], Awaitable[int]], wanted: int, what: str) -> int:
    """Wait until a count is reached; answers it. It is asked for seldom at first and often near the end.

    Raises TimeoutError after ten minutes of real time.
    """
    began, first = time.monotonic(), await count()
    now = first
    while now < wanted:
        passed = time.monotonic() - began
        if passed > PATIENCE:
            raise TimeoutError(f"{now} of {wanted} {what} within {PATIENCE:.0f} s")
        left = (wanted - now) * passed / (now - first) if now > first else _SELDOM
        await asyncio.sleep(min(_SELDOM, max(_OFTEN, left / 2)))
        now = await count()
    return now
