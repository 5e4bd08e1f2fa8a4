"""What an event costs in bulk as an installation grows: many dealers, many open tasks, a long journey, in turn."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from figures import Rounds, there_and_back
from growth_rows import PREFIX, add_dealers, add_journey, add_tasks, dealer_id
from handoff import Handoff
from sizes import Sizes
from stages import PROCESSES, WARM, post_in_bulk, processor_time, quick_stack

SMALL, AGAIN = "small", "small again"
DEALERS, TASKS, JOURNEY = "dealers", "open tasks", "events of the past"
GROWN: Final = (DEALERS, TASKS, JOURNEY)
ALL: Final = "all"
"""Names the sum of the processes."""


@dataclass
class Growth:
    """Milliseconds an event by `figure_of`, round by round; the most cores that others kept busy in a turn."""

    rounds: Rounds = field(default_factory=Rounds)
    foreign: float = 0.0


@dataclass
class _Installation:
    """A stack and the ids of its dealers, whose turn it is to be sent an event of."""

    stack: Handoff
    dealers: list[str]
    turns: int = 0

    async def post(self, count: int) -> None:
        """So many events of new customers in bulk, of the next dealers in turn."""
        start = self.turns * count % len(self.dealers)
        self.turns += 1
        await post_in_bulk(self.stack, f"T{self.turns}", count, [*self.dealers[start:], *self.dealers[:start]])


def figure_of(installation: str, process: str = ALL) -> str:
    """The name of a figure."""
    return f"{installation}: {process}"


def sizes_of(grown: str, sizes: Sizes) -> tuple[int, int]:
    """How many there are of what grows, in the small installation and in the grown one."""
    return {DEALERS: sizes.growth_dealers, TASKS: sizes.growth_tasks, JOURNEY: sizes.growth_journey}[grown]


async def measure(sizes: Sizes) -> Growth:
    """A small installation and three that are grown in one respect, all of them running, each at work in its turn; the
    small one twice in each round, first and last."""
    found = Growth()
    async with AsyncExitStack() as ends:
        places = {name: await ends.enter_async_context(_installation(name, sizes)) for name in (SMALL, *GROWN)}
        for one in places.values():
            await one.post(max(WARM, len(one.dealers)))
        turns = [*places.items(), (AGAIN, places[SMALL])]
        for name, one in there_and_back(turns, sizes.turns):
            await _turn(found, name, one, sizes.stage_events)
    return found


async def _turn(found: Growth, name: str, place: _Installation, count: int) -> None:
    cpu, foreign = await processor_time(place.stack, lambda: place.post(count), count)
    for process in PROCESSES:
        found.rounds.add(figure_of(name, process), cpu[process])
    found.rounds.add(figure_of(name), sum(cpu.values()))
    found.foreign = max(found.foreign, foreign)


@asynccontextmanager
async def _installation(name: str, sizes: Sizes) -> AsyncIterator[_Installation]:
    """An installation with its rows, whose statistics are known to the planner."""
    dealers, tasks, journey = (sizes_of(one, sizes)[one == name] for one in GROWN)
    print(f"growth: {name}", flush=True)
    async with quick_stack({}) as stack:
        await post_in_bulk(stack, PREFIX, 1)
        await add_dealers(stack.connection, dealers - 1)
        await add_tasks(stack.connection, tasks)
        await add_journey(stack.connection, journey)
        await stack.connection.execute("vacuum analyze", timeout=None)
        await stack.connection.execute("checkpoint")
        yield _Installation(stack, [dealer_id(number) for number in range(dealers)])
