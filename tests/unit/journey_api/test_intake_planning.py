"""What is stored and answered of events that arrive together."""

from datetime import UTC, datetime, timedelta
from typing import Any

from journey_api.intake.cloud_events import Event, read_event
from journey_api.intake.prepare import EventKey, Posted, Receipt, Refused, Stored, key_of, plan_intake
from shared.cases.store import Case

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def event(id: str = "1", case: str | None = None, customer: str | None = None, **more: Any) -> Event:  # noqa: A002
    """An event of a dealer."""
    data: dict[str, Any] = {"dealer_id": "lisboa-01", "observed_by": {"role": "salesperson"}, "case_id": case, **more}
    if customer:
        data |= {"customer_id": customer, "step": 3}
    document = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/dms", "id": id, "data": data}
    return read_event(document, NOW)


def posted(*events: Event, start: int = 0) -> Posted:
    """A request with these events, ids e0, e1, …"""
    return Posted(events, [f"e{start + n}" for n in range(len(events))], NOW, is_batch=len(events) > 1)


def plan(*posts: Posted, known: dict[EventKey, Stored] | None = None, cases: tuple[Case, ...] = ()) -> Any:
    """The plan for these requests."""
    return plan_intake(posts, known or {}, {case.key: case for case in cases})


def statuses(answer: Any) -> list[tuple[str, str]]:
    """The receipts in short."""
    return [(receipt.event_id, receipt.status) for receipt in answer]


def refusal_of(answer: Any) -> tuple[int, str]:
    """Status and place of the only refusal."""
    (refused,) = [outcome for outcome in answer if isinstance(outcome, Refused)]
    return refused.status, refused.fault.pointer


def test_new_events_are_stored_in_order() -> None:
    made = plan(posted(event("1"), event("2")), posted(event("3"), start=2))
    assert [row.event_id for row in made.rows] == ["e0", "e1", "e2"]
    assert made.answers[1] == [Receipt("e2", "/dms", "3", "accepted")]


def test_the_same_event_twice_in_a_batch_and_across_requests() -> None:
    made = plan(posted(event("1"), event("1")), posted(event("1"), start=2))
    assert [statuses(answer) for answer in made.answers] == [
        [("e0", "accepted"), ("e0", "duplicate")],
        [("e0", "duplicate")],
    ]
    assert len(made.rows) == 1


def test_an_event_stored_before() -> None:
    before = event("1")
    known = {key_of(before): Stored("first", before.content_hash)}
    assert statuses(plan(posted(before), known=known).answers[0]) == [("first", "duplicate")]


def test_other_content_refuses_the_whole_batch_and_no_neighbour() -> None:
    known = {key_of(event("2")): Stored("first", b"other")}
    made = plan(posted(event("1"), event("2")), posted(event("1"), start=2), known=known)
    assert refusal_of(made.answers[0]) == (409, "/1/id")
    assert statuses(made.answers[1]) == [("e2", "accepted")]
    assert [row.event_id for row in made.rows] == ["e2"]


def test_a_case_is_reserved_for_its_customer() -> None:
    made = plan(posted(event("1", case="K", customer="C-1")), posted(event("2", case="K", customer="C-2"), start=1))
    assert [case.customer_id for case in made.reservations.values()] == ["C-1"]
    assert refusal_of(made.answers[1]) == (422, "/data/case_id")


def test_a_case_with_and_one_without_a_customer_never_meet() -> None:
    mine = Case("lisboa-01", "K", "C-1", "open")
    assert refusal_of(plan(posted(event(case="K")), cases=(mine,)).answers[0]) == (422, "/data/case_id")
    nobodys = Case("lisboa-01", "K", None, "open")
    answer = plan(posted(event(case="K", customer="C-1")), cases=(nobodys,)).answers[0]
    assert refusal_of(answer) == (422, "/data/case_id")
    assert statuses(plan(posted(event(case="K")), cases=(nobodys,)).answers[0]) == [("e0", "accepted")]


def test_a_closed_case_opens_again_within_thirty_days() -> None:
    for days, refused in ((30, False), (31, True)):
        closed = Case("lisboa-01", "K", "C-1", "closed", closed_at=NOW - timedelta(days=days))
        answer = plan(posted(event(case="K", customer="C-1")), cases=(closed,)).answers[0]
        assert isinstance(answer[0], Refused) is refused
    assert refusal_of(answer) == (409, "/data/case_id")


def test_history_reserves_nothing_and_is_never_refused() -> None:
    others = Case("lisboa-01", "K", "C-2", "open")
    made = plan(posted(event(case="K", customer="C-1", intent="history")), cases=(others,))
    assert statuses(made.answers[0]) == [("e0", "accepted")]
    assert not made.reservations


def test_a_repeat_changes_nothing_even_when_its_case_has_closed() -> None:
    before = event("1", case="K", customer="C-1")
    closed = Case("lisboa-01", "K", "C-1", "closed", closed_at=NOW - timedelta(days=60))
    known = {key_of(before): Stored("first", before.content_hash)}
    assert statuses(plan(posted(before), known=known, cases=(closed,)).answers[0]) == [("first", "duplicate")]


def test_a_refused_batch_leaves_its_case_to_others() -> None:
    known = {key_of(event("2")): Stored("first", b"other")}
    first = posted(event("1", case="K", customer="C-1"), event("2"))
    made = plan(first, posted(event("3", case="K", customer="C-2"), start=2), known=known)
    assert [case.customer_id for case in made.reservations.values()] == ["C-2"]
