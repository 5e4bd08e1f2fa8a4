"""What a moment of truth is, whose it is, how it scores; judging again, and in any order, is judging alike."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.quality.case_stories import ADVISOR, CASE, SELLER, asked, at, clock, event, judged, owned, said, wrote

from shared.quality.case_facts import CaseFacts, Closing, Decline, PromiseEnd, TaskFact
from shared.quality.moments import judge, score_of
from shared.quality.types import Seen


@pytest.mark.parametrize(
    ("given_event", "moments"),
    [
        (event("e", 0), 1),
        (event("e", 0, by_timer=True), 0),
        (event("e", 0, upkeep=True), 0),
        (event("e", 0, live=False), 0),
        (event("e", 0, live=False, sentiment="positive"), 1),
    ],
)
def test_what_somebody_saw_of_the_customer_is_a_moment(given_event: object, moments: int) -> None:
    assert len(judged(events=(given_event,))) == moments


def test_what_the_customer_wrote_is_a_contact_of_the_owners() -> None:
    found = judged(events=(asked(step=13),))["asked"]
    assert (found.kind, found.direction, found.channel) == ("contact", "inbound", "message")
    assert (found.role, found.staff_id, found.step, found.phase) == ("service_advisor", "SA-1", 13, "enjoy")


def test_what_the_product_sends_is_no_moment() -> None:
    assert judged(contacts=(said("ack", 0, kind="acknowledgement", automatic=True),)) == {}


@pytest.mark.parametrize(
    ("roles", "task_role", "role"),
    [
        (("workshop_manager", "service_advisor"), None, "service_advisor"),
        (("workshop_manager", "parts_manager"), "parts_manager", "parts_manager"),
        (("workshop_manager", "parts_manager"), None, "workshop_manager"),
        ((), None, "service_advisor"),
    ],
)
def test_the_role_of_who_acted(roles: tuple[str, ...], task_role: str | None, role: str) -> None:
    tasks = (TaskFact(task_id="T", entry="SA-01", to_role=task_role, created_at=at(0)),) if task_role else ()
    contact = said("told", 5, task_id="T" if task_role else None)
    found = judged({"told": Seen(roles)}, contacts=(contact,), tasks=tasks)["told"]
    assert (found.role, found.staff_id, found.entry) == (role, "SA-1", "SA-01" if task_role else None)


def test_the_owner_is_the_one_of_then() -> None:
    found = judged(contacts=(wrote("before", 1), wrote("after", 9)), owner_changes=(owned(5, SELLER, ADVISOR),))
    assert [found[one].role for one in ("before", "after")] == ["salesperson", "service_advisor"]


@pytest.mark.parametrize(
    ("feedback", "held", "score"),
    [
        (None, (), 0),
        (None, ("choice",), 1),
        (None, ("choice", "late_answer"), -1),
        ("positive", ("late_answer",), 1),
        ("neutral", ("choice",), 0),
        ("negative", (), -1),
    ],
)
def test_the_customer_is_the_only_judge(feedback: str | None, held: tuple[str, ...], score: int) -> None:
    assert score_of(feedback, held) == score  # type: ignore[arg-type]


MINUTES = st.integers(0, 300)
EVENTS = st.builds(
    lambda number, minutes, channel, topics, given_fields, staff: event(
        f"e{number}", minutes, channel=channel, topics=topics, given=given_fields, staff_id=staff
    ),
    st.integers(0, 9),
    MINUTES,
    st.sampled_from(["message", "store", None]),
    st.frozensets(st.sampled_from(["infotainment", "charging"])),
    st.frozensets(st.sampled_from(["problem", "situation"])),
    st.sampled_from(["SA-1", "SA-2"]),
)
CONTACTS = st.builds(
    lambda number, minutes, direction, kind, options: said(
        f"c{number}", minutes, direction=direction, kind=kind, options=options
    ),
    st.integers(0, 9),
    MINUTES,
    st.sampled_from(["inbound", "outbound"]),
    st.sampled_from(["answer", "update", "proposal"]),
    st.sampled_from([None, 1, 2]),
)
CLOCKS = st.builds(
    lambda number, since, late, by, target: clock(
        f"e{number}", since=since, late=late, stopped_by=by, stopped=since + 70 if by else None, target=target
    ),
    st.integers(0, 9),
    MINUTES,
    st.booleans(),
    st.sampled_from([None, "c1", "c2"]),
    st.sampled_from(["first_response", "next_response", "resolution"]),
)


def _unique(items: list[object], name: str) -> tuple[object, ...]:
    return tuple({getattr(one, name): one for one in items}.values())


CASES = st.builds(
    lambda events, contacts, clocks, declined, changed, promised: replace(
        CASE,
        events=_unique(events, "event_id"),
        contacts=_unique(contacts, "contact_id"),
        timers=_unique(clocks, "timer_id"),
        declines=tuple(Decline(f"t{one % 2}", at(one), "silence") for one in declined),
        owner_changes=tuple(owned(one, ADVISOR, SELLER) for one in changed),
        promises=tuple(
            PromiseEnd(promise_id=f"p{one}", made_at=at(0), at=at(one), score=one % 3 - 1) for one in promised
        ),
        closings=(Closing(change_id="end", at=at(400), outcome="satisfied"),),
    ),
    st.lists(EVENTS, max_size=6),
    st.lists(CONTACTS, max_size=6),
    st.lists(CLOCKS, max_size=4),
    st.lists(MINUTES, max_size=3, unique=True),
    st.lists(MINUTES, max_size=3, unique=True),
    st.lists(MINUTES, max_size=2, unique=True),
)
_KEPT_IN_LISTS = ("events", "contacts", "timers", "declines", "owner_changes", "promises")


@given(CASES, st.integers())
def test_the_order_of_arrival_does_not_matter(case: CaseFacts, seed: int) -> None:
    shuffled = {
        name: tuple(Random(seed).sample(getattr(case, name), len(getattr(case, name)))) for name in _KEPT_IN_LISTS
    }
    assert judge(replace(case, **shuffled), {}) == judge(case, {})


@given(CASES)
def test_judging_again_is_judging_alike(case: CaseFacts) -> None:
    once = judge(case, {})
    assert judge(case, {}) == once
    assert len({one.moment_id for one in once}) == len(once)
    assert all(one.score == score_of(one.feedback, one.flags) for one in once)
