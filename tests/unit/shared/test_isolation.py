"""What is handled together fails alone."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.process.isolation import bisect, isolate

Part = tuple[int, ...]


class Batch:
    """Handles numbers all or none; the bad ones make it fail. `outage_at`: the call that finds the database away."""

    def __init__(self, bad: frozenset[int], outage_at: int | None = None) -> None:
        self.bad, self.outage_at = bad, outage_at
        self.calls: list[Part] = []
        self.given_up: list[int] = []

    async def act(self, items: Sequence[int]) -> Part:
        self.calls.append(tuple(items))
        if self.outage_at == len(self.calls):
            raise ConnectionError
        if self.bad.intersection(items):
            raise ValueError(items)
        return tuple(items)

    async def give_up(self, item: int, error: Exception) -> Part:
        assert error.args == ([item],)
        self.given_up.append(item)
        return (-item,)


@given(st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40), max_size=4))
async def test_only_what_is_to_blame_is_given_up_and_the_order_is_kept(items: set[int], bad: set[int]) -> None:
    batch = Batch(frozenset(bad))
    parts = await bisect("test", sorted(items), batch.act, batch.give_up)
    assert [one for part in parts for one in part] == [-one if one in bad else one for one in sorted(items)]
    assert batch.given_up == sorted(items & bad)
    # one bad item of n is found by asking about two halves at each depth
    assert len(batch.calls) <= 1 + 2 * len(items & bad) * len(items).bit_length()


async def test_what_succeeds_is_done_at_once() -> None:
    batch = Batch(frozenset())
    assert await bisect("test", [1, 2, 3], batch.act, batch.give_up) == [(1, 2, 3)]
    assert batch.calls == [(1, 2, 3)]
    assert await bisect("test", [], batch.act, batch.give_up) == []


@pytest.mark.parametrize("call", [1, 2, 4])
async def test_an_outage_is_raised_at_once_and_nothing_is_given_up_for_it(call: int) -> None:
    batch = Batch(frozenset({3}), outage_at=call)
    with pytest.raises(ConnectionError):
        await bisect("test", [1, 2, 3, 4], batch.act, batch.give_up)
    assert len(batch.calls) == call
    assert batch.given_up == []


async def test_what_counts_as_passing_is_the_callers() -> None:
    batch = Batch(frozenset(), outage_at=1)

    async def act(item: int) -> Part:
        return await batch.act([item])

    async def give_up(item: int, error: Exception) -> Part:
        assert isinstance(error, ConnectionError)
        return (-item,)

    assert await isolate(7, act, give_up, passes=lambda _: False) == (-7,)
    batch.outage_at = 2
    with pytest.raises(ConnectionError):
        await isolate(7, act, give_up)
