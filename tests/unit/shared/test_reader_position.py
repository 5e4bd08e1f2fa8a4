"""Positions of outbox readers."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.postgres.consumer_offset import NOTHING_SEEN, Position, snapshot_end, snapshot_running


@st.composite
def snapshots(draw: st.DrawFn) -> str:
    """Any snapshot as PostgreSQL writes it."""
    start = draw(st.integers(1, 2**40))
    end = draw(st.integers(start, start + 50))
    running = draw(st.sets(st.integers(start, end - 1) if end > start else st.nothing()))
    return f"{start}:{end}:{','.join(map(str, sorted(running)))}"


numbers = st.integers(0, 2**62)


@given(snapshots(), st.just("") | snapshots(), numbers, numbers)
def test_a_stored_position_is_read_back(seen: str, target: str, after: int, restored: int) -> None:
    position = Position(seen, target, after, restored) if target else Position(seen)
    assert Position.parse(position.text()) == position


@given(snapshots())
def test_a_snapshot_is_taken_apart(snapshot: str) -> None:
    start, end, running = snapshot.split(":")
    assert snapshot_end(snapshot) == int(end)
    assert ",".join(snapshot_running(snapshot)) == running
    assert int(start) <= int(end)


def test_a_difference_begins_and_finishes() -> None:
    seen = Position("5:9:7")
    begun = seen.begin("9:12:", 41)
    assert begun == Position("5:9:7", "9:12:", 41)
    assert begun.finish("9:12:") == Position("9:12:")


def test_beginning_anew_keeps_the_last_row_found_until_it_is_reached() -> None:
    anew = Position.anew("9:12:", 700)
    assert anew == Position(NOTHING_SEEN, "9:12:", 0, 700)
    assert anew.begin("9:12:", 500).restored == 700
    assert anew.finish("9:12:").restored == 0


def test_a_position_from_the_future_is_told() -> None:
    assert Position("5:13:").ahead_of("9:12:")
    assert not Position("5:12:").ahead_of("9:12:")
    assert Position("5:9:", "9:13:", 3).ahead_of("9:12:")
