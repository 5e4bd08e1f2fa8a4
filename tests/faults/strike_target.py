"""What the strikes of a short round fall upon."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psutil
from carriers import Carrier
from running_stack import RunningStack
from waiting import until

STANDS_AGAIN = 60.0
"""Seconds; for machines that have other things to do."""


@dataclass(frozen=True, slots=True)
class StrikeTarget:
    """What is struck, and the chances of one strike."""

    stack: RunningStack
    carrier: Carrier
    chance: random.Random

    async def process(self, service: str) -> psutil.Process:
        """The process of a service; another strike may just have ended it."""
        found: dict[str, psutil.Process] = {}

        async def there() -> bool:
            found.update(self.stack.processes())
            return service in found

        await until(there, STANDS_AGAIN, f"{service} started again")
        return found[service]


Strike = Callable[[StrikeTarget], Awaitable[None]]
