"""How much CPU something takes, in units of a loop that is measured beside it: the machine's speed cancels out."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

_TURNS: Final = 300_000
_TRIES: Final = 8


def unit() -> float:
    """Seconds of CPU that a loop in Python takes now: about 20 ms where nothing else runs."""
    began, total = time.thread_time(), 0
    for turn in range(_TURNS):
        total += turn * turn % 7
    assert total
    return time.thread_time() - began


class CpuShare:
    """Measures work of this thread. What takes little by the fastest loop so far is not measured again."""

    def __init__(self) -> None:
        self.fastest = min(unit() for _ in range(3))

    async def least_units(self, work: Callable[[], Awaitable[object]], most: float) -> float:
        """The least that the work takes, of some tries; the first that is no more than `most` will do."""
        least = float("inf")
        for attempt in range(_TRIES):
            began = time.thread_time()
            await work()
            took = time.thread_time() - began
            if attempt or took > most * self.fastest:
                now = unit()
                self.fastest = min(now, self.fastest)
                least = min(least, took / now)
            else:
                least = took / self.fastest
            if least <= most:
                break
        return least
