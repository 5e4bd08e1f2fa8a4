"""Who a task is offered to: the order, and its laws."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.lifecycle import Candidate, Choice, Offer, Wanted, next_candidate, rank_candidates

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
DELIVER = Wanted("deliver", frozenset({"charging", "infotainment"}))
REMINDER = Wanted("reminder")


def ranked(*people: Candidate, wanted: Wanted = DELIVER) -> list[str]:
    """The order, whichever way they come."""
    forwards, backwards = rank_candidates(wanted, people), rank_candidates(wanted, reversed(people))
    assert forwards == backwards
    return forwards


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Candidate("z", holds_case=True, open_count=9), Candidate("a", skills=DELIVER.topics)),
        (Candidate("z", skills=DELIVER.topics, open_count=9), Candidate("a", skills=frozenset({"charging"}))),
        (Candidate("z", skills=frozenset({"charging"})), Candidate("a", skills=frozenset({"price", "finance"}))),
        (Candidate("z", open_count=1, last_taken_at=NOW), Candidate("a", open_count=2)),
        (Candidate("z"), Candidate("a", last_taken_at=EARLIER)),
        (Candidate("z", last_taken_at=EARLIER), Candidate("a", last_taken_at=NOW)),
        (Candidate("a", last_taken_at=NOW), Candidate("b", last_taken_at=NOW)),
        (Candidate("a"), Candidate("b")),
    ],
    ids=["holds the case", "more skills", "matching", "fewest open", "never", "longest idle", "id", "id of never"],
)
def test_the_order(better: Candidate, worse: Candidate) -> None:
    assert ranked(better, worse) == [better.staff_id, worse.staff_id]


def test_only_who_works_and_has_room_is_asked() -> None:
    people = (
        Candidate("off", working=False),
        Candidate("full", open_count=3, capacity=3),
        Candidate("none", capacity=0),
    )
    assert ranked(*people, Candidate("free", open_count=2, capacity=3)) == ["free"]


def test_a_reminder_goes_to_the_customer_owners_person_first() -> None:
    owner = Candidate("z", holds_case=True, owns_case=True, open_count=5)
    holder = Candidate("a", holds_case=True)
    assert ranked(owner, holder, wanted=REMINDER) == ["z", "a"]
    assert ranked(owner, holder) == ["a", "z"]


@pytest.mark.parametrize(
    ("offer", "people", "choice"),
    [
        (Offer(), "ab", Choice("a")),
        (Offer(excluded={"a": "busy"}), "ab", Choice("b")),
        (Offer(excluded={"a": "busy", "b": "conflict"}), "ab", Choice("a", again=True)),
        (Offer(excluded={"a": "absent", "b": "busy"}), "ba", Choice("b", again=True)),
        (Offer(excluded={"a": "busy"}, asked_again=("a",)), "a", None),
        (Offer(excluded={"a": "silence", "b": "not_my_skill", "c": "other_department"}), "abc", None),
        (Offer(), "", None),
    ],
)
def test_who_declined_is_passed_and_some_are_asked_once_more(offer: Offer, people: str, choice: Choice | None) -> None:
    assert next_candidate(offer, list(people)) == choice


instants = st.none() | st.integers(0, 5).map(lambda hours: NOW - timedelta(hours=hours))
candidates = st.lists(
    st.builds(
        Candidate,
        staff_id=st.text("abcdef", min_size=1, max_size=3),
        working=st.booleans(),
        holds_case=st.booleans(),
        skills=st.frozensets(st.sampled_from(["charging", "infotainment", "price"])),
        open_count=st.integers(0, 3),
        capacity=st.integers(0, 3),
        last_taken_at=instants,
    ),
    unique_by=lambda one: one.staff_id,
    max_size=6,
)


@given(candidates)
def test_the_order_has_each_available_person_once_and_does_not_depend_on_the_input(people: list[Candidate]) -> None:
    order = ranked(*people)
    assert sorted(order) == sorted(one.staff_id for one in people if one.available)


@given(candidates)
def test_nobody_gains_by_holding_more(people: list[Candidate]) -> None:
    order = ranked(*people)
    for one in people:
        if one.staff_id in order:
            busier = [replace(one, open_count=one.open_count + 1) if other is one else other for other in people]
            after = ranked(*busier)
            assert one.staff_id not in after or after.index(one.staff_id) >= order.index(one.staff_id)


@given(candidates, st.lists(st.sampled_from(["busy", "absent", "conflict", "silence"]), min_size=20, max_size=20))
def test_asking_ends_after_everybody_has_declined_at_most_twice(people: list[Candidate], reasons: list[str]) -> None:
    order = ranked(*people)
    offer, asked = Offer(), []
    for reason in reasons:
        choice = next_candidate(offer, order)
        if choice is None:
            break
        asked.append(choice.staff_id)
        again = (*offer.asked_again, choice.staff_id) if choice.again else offer.asked_again
        offer = replace(offer, excluded={**offer.excluded, choice.staff_id: reason}, asked_again=again)
    assert asked[: len(order)] == order
    assert next_candidate(offer, order) is None
    assert all(asked.count(person) <= 2 for person in asked)
