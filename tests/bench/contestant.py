"""What takes part in the comparison: a running system that takes events over HTTP and ends with a notification."""

import asyncio
import time
from typing import Protocol

PATIENCE = 240.0


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
    """Wait until it has made so many. Raises TimeoutError after four minutes of real time."""
    deadline = time.monotonic() + PATIENCE
    while (count := await contestant.notified()) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{contestant.name}: {count} of {wanted} notifications within {PATIENCE:.0f} s")
        await asyncio.sleep(0.02)
