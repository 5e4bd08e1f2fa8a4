"""Handoff and its peers in turn, the same events over the same HTTP: what each does, what it costs, how fast it is."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import bodies
from contestant import PATIENCE, Contestant, until_notified
from figures import Rounds, quantile, there_and_back
from handoff import Handoff
from load import drive, post
from open_loop import post_by_schedule
from processes import Meter
from sizes import Sizes

CONNECTIONS = 32
AGAIN = " again"
"""Marks the second turn of the contestant that is measured against itself."""
ACCEPTED, DONE, CPU, PER_CORE = "accepted/s", "end to end/s", "CPU ms", "per core"
P50, P99 = "p50 ms", "p99 ms"
BY_MAIL = ", the mail itself"
"""Marks the turn in which a mail server is waited for."""
_CHECK_EVERY = 0.2


@dataclass
class Contest:
    """Figures named `<contestant>: <what>`; `yardstick` is whom the others are measured against."""

    yardstick: str
    names: list[str]
    rounds: Rounds = field(default_factory=Rounds)
    latencies: Rounds = field(default_factory=Rounds)
    foreign: list[float] = field(default_factory=list)
    _customers: int = 0

    async def warm_up(self, contestants: Sequence[Contestant], sizes: Sizes) -> None:
        """A round of each that is not counted, so that caches are filled and code is compiled."""
        scratch = Contest(self.yardstick, [])
        for one in contestants:
            await scratch._turn(one, one.name, self._fresh(_events(one, sizes) // 2))

    async def throughput(self, contestants: Sequence[Contestant], sizes: Sizes) -> None:
        """Closed loop: so many events as fast as they are accepted, then until all are notified of."""
        turns = [(one, one.name) for one in contestants]
        turns += [(one, name + AGAIN) for one, name in turns if name == self.yardstick]
        for one, name in there_and_back(turns, sizes.turns):
            await self._turn(one, name, self._fresh(_events(one, sizes)))

    async def latency(self, contestants: Sequence[Contestant], sizes: Sizes, mark: str = "") -> None:
        """Open loop: from when an event is due to be posted until its notification is made; `mark` names the turns."""
        for one in there_and_back(contestants, sizes.latency_rounds):
            customers = self._fresh(int(sizes.rate * sizes.latency_seconds))
            waits = await notification_waits(one, customers, sizes.rate)
            self.latencies.add(f"{one.name}{mark}: {P50}", quantile(waits, 0.5))
            self.latencies.add(f"{one.name}{mark}: {P99}", quantile(waits, 0.99))

    async def _turn(self, one: Contestant, name: str, customers: Sequence[str]) -> None:
        requests = iter([post("/v1/events", bodies.fresh(customer), bodies.SINGLE) for customer in customers])
        before, meter = await one.notified(), Meter(one.pids())
        load = await drive(one.port, CONNECTIONS, math.inf, lambda: next(requests, None))
        assert sum(load.statuses.values()) == load.statuses.get(202), f"{name} answered {load.statuses}"
        await until_notified(one, before + len(customers))
        spent = meter.read()
        figures = {
            ACCEPTED: load.rate,
            DONE: len(customers) / spent.seconds,
            CPU: 1000 * spent.cpu / len(customers),
            PER_CORE: len(customers) / spent.cpu,
        }
        for what, figure in figures.items():
            self.rounds.add(f"{name}: {what}", figure)
        self.foreign.append(spent.foreign)

    def _fresh(self, count: int) -> list[str]:
        self._customers += count
        return [f"N-{number}" for number in range(self._customers - count, self._customers)]


async def notification_waits(one: Contestant, customers: Sequence[str], rate: float) -> list[float]:
    """Milliseconds from when each customer's event was due until its notification."""
    schedule = await post_by_schedule(
        one.port, rate, len(customers), lambda n: post("/v1/events", bodies.fresh(customers[n]), bodies.SINGLE)
    )
    assert not schedule.refused, f"{one.name} refused {schedule.refused} events"
    async with asyncio.timeout(PATIENCE):
        at: dict[str, float] = {}
        while not at.keys() >= set(customers):
            await asyncio.sleep(_CHECK_EVERY)
            at = await one.notified_at()
    return [1000 * (at[customer] - due) for customer, due in zip(customers, schedule.due, strict=True)]


def _events(one: Contestant, sizes: Sizes) -> int:
    return sizes.handoff_events if isinstance(one, Handoff) else sizes.peer_events
