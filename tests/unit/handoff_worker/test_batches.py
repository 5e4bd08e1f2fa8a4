"""Batches cut into waves: many customers at once, each in its own order."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from handoff_worker.routing.batches import split_by_key
from shared.messaging.bus import Record

AT = datetime(2026, 11, 23, tzinfo=UTC)


def record(key: str, number: int) -> Record:
    """The n-th record of a batch."""
    return Record("handoff.journey.v1", key, "d", str(number), "t", "s", AT, {})


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=30))
def test_each_key_keeps_its_order_and_no_wave_holds_a_key_twice(keys: list[str]) -> None:
    """Nothing is lost, nothing overtakes."""
    records = [record(key, number) for number, key in enumerate(keys)]
    cut = list(split_by_key(records))
    for batch in cut:
        assert len({one.key for one in batch}) == len(batch)
    flat = [one for batch in cut for one in batch]
    for key in "abc":
        assert [one for one in flat if one.key == key] == [one for one in records if one.key == key]
    assert len(flat) == len(records)
