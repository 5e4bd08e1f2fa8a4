"""One commit for all that waits: whatever is submitted while a commit is under way goes with the next."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.process.isolation import bisect

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Item, Answer]):
    item: Item
    answer: "asyncio.Future[Answer]"

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def succeed(self, answer: Answer) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)


class GroupCommit(Generic[Item, Answer]):
    """Commits submitted items in groups; nothing is answered before it is committed.

    `choose` gets the items that wait, oldest first, and answers the positions of those that go together, at least one.
    `commit` stores a group, all or none, and answers its items in order. When it raises an outage the whole group
    fails with it; after any other error the group is divided, so that the cause fails alone.
    """

    def __init__(
        self,
        choose: Callable[[Iterable[Item]], Collection[int]],
        commit: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
    ) -> None:
        self._choose = choose
        self._commit = commit
        self._waiting: list[_Waiting[Item, Answer]] = []
        self._working: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Answer:
        """Commit an item with others; its answer. Raises what `commit` raised."""
        waiting: _Waiting[Item, Answer] = _Waiting(item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await waiting.answer

    async def drained(self) -> None:
        """Wait until nothing waits."""
        while self._working is not None and not self._working.done():
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        while self._waiting:
            chosen = self._choose(waiting.item for waiting in self._waiting)
            group = [self._waiting[at] for at in sorted(chosen)]
            self._waiting = [waiting for at, waiting in enumerate(self._waiting) if at not in chosen]
            await self._commit_group(group)

    async def _commit_group(self, group: Sequence[_Waiting[Item, Answer]]) -> None:
        try:
            await bisect("group_commit", group, self._commit_all, _fail)
        except Exception as outage:
            for waiting in group:
                waiting.fail(outage)

    async def _commit_all(self, group: Sequence[_Waiting[Item, Answer]]) -> None:
        answers = await self._commit([waiting.item for waiting in group])
        for waiting, answer in zip(group, answers, strict=True):
            waiting.succeed(answer)


async def _fail(waiting: _Waiting[Item, Answer], error: Exception) -> None:
    waiting.fail(error)
