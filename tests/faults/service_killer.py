"""Ends services without warning, one a second, and sees to it that each came back."""

import asyncio
import random
from dataclasses import dataclass, field

import httpx
from mortality import kill
from running_stack import SERVICES, RunningStack
from waiting import beats, until

_COMES_BACK = 30.0
_ANSWERS_WITHIN = 0.2


@dataclass
class ServiceKiller:
    """kill -9 of a service picked by a seeded chance, in the midst of its work or of its start."""

    stack: RunningStack
    seed: int
    killed: list[str] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)
    """Real seconds from each death until another process of the service ran."""

    async def run(self, seconds: int) -> None:
        """Once a second for so long; then wait until all are back and ready."""
        chance = random.Random(self.seed)
        async with asyncio.TaskGroup() as group, httpx.AsyncClient(timeout=_ANSWERS_WITHIN) as client:
            async for _ in beats(1.0, seconds):
                service = await self._choose(chance, client)
                process = self.stack.processes().get(service)
                if process is not None:
                    kill(process)
                    self.killed.append(service)
                    group.create_task(self._watch(service, process.pid))
        await self.stack.ready()

    async def _choose(self, chance: random.Random, client: httpx.AsyncClient) -> str:
        """One in four is struck wherever it is, the others at work, which on a slow machine is seldom enough."""
        at_work = [service for service in SERVICES if await self.stack.is_ready(client, service)]
        return chance.choice(SERVICES if chance.random() < 0.25 or not at_work else at_work)

    async def _watch(self, service: str, dead: int) -> None:
        loop = asyncio.get_running_loop()
        died = loop.time()

        async def is_back() -> bool:
            process = self.stack.processes().get(service)
            return process is not None and process.pid != dead

        await until(is_back, _COMES_BACK, f"{service} started again")
        self.returns.append(loop.time() - died)
