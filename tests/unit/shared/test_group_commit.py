"""What waits is committed together; what is to blame fails alone."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

import pytest

from shared.process.group_commit import GroupCommit


class Store:
    """Commits numbers and answers their squares; waits for `gate` first, refuses `bad`."""

    def __init__(self, bad: Exception | None = None) -> None:
        self.groups: list[list[int]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.bad = bad

    async def commit(self, numbers: Sequence[int]) -> Sequence[int]:
        """Store them."""
        self.groups.append(list(numbers))
        self.begun.set()
        await self.gate.wait()
        if self.bad is not None and 13 in numbers:
            raise self.bad
        return [number * number for number in numbers]


def every(waiting: Iterable[int]) -> Collection[int]:
    """All that wait."""
    return range(len(list(waiting)))


def one_of_each_parity(waiting: Iterable[int]) -> Collection[int]:
    """The first odd and the first even one."""
    first: dict[int, int] = {}
    for at, number in enumerate(waiting):
        first.setdefault(number % 2, at)
    return set(first.values())


async def test_what_comes_during_a_commit_goes_with_the_next() -> None:
    store = Store()
    group = GroupCommit(every, store.commit)
    first = asyncio.create_task(group.submit(1))
    await store.begun.wait()
    later = [asyncio.create_task(group.submit(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    assert not first.done()
    store.gate.set()
    assert await asyncio.gather(first, *later) == [1, 4, 9, 16]
    assert store.groups == [[1], [2, 3, 4]]


async def test_only_those_chosen_share_a_commit_and_the_others_keep_their_order() -> None:
    store = Store()
    store.gate.set()
    group = GroupCommit(one_of_each_parity, store.commit)
    assert await asyncio.gather(*(group.submit(number) for number in (1, 3, 2, 5, 4))) == [1, 9, 4, 25, 16]
    assert store.groups == [[1, 2], [3, 4], [5]]


async def test_the_cause_of_an_error_fails_alone() -> None:
    store = Store(ValueError("13 cannot be stored"))
    store.gate.set()
    group = GroupCommit(every, store.commit)
    ended = await asyncio.gather(*(group.submit(number) for number in (1, 13, 2)), return_exceptions=True)
    assert (ended[0], type(ended[1]), ended[2]) == (1, ValueError, 4)
    assert store.groups == [[1, 13, 2], [1], [13, 2], [13], [2]]
    assert await group.submit(3) == 9


async def test_an_outage_fails_the_whole_group_at_once() -> None:
    store = Store(ConnectionError("away"))
    store.gate.set()
    group = GroupCommit(every, store.commit)
    ended = await asyncio.gather(*(group.submit(number) for number in (1, 13, 2)), return_exceptions=True)
    assert [type(one) for one in ended] == [ConnectionError] * 3
    assert store.groups == [[1, 13, 2]]


async def test_who_no_longer_waits_stops_nobody_else() -> None:
    store = Store()
    group = GroupCommit(every, store.commit)
    waiting = [asyncio.create_task(group.submit(number)) for number in (1, 2)]
    await store.begun.wait()
    waiting[0].cancel()
    store.gate.set()
    assert await waiting[1] == 4
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]


async def test_it_is_drained_when_nothing_waits() -> None:
    store = Store()
    group = GroupCommit(every, store.commit)
    await group.drained()
    submitted = [asyncio.create_task(group.submit(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    draining = asyncio.create_task(group.drained())
    await asyncio.sleep(0)
    assert not draining.done()
    store.gate.set()
    await draining
    assert [await one for one in submitted] == [1, 4]
