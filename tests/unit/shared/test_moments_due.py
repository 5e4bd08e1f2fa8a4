"""Which cases are judged again because of which records."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.messaging.bus import CONTACT_RECORDED, new_record
from shared.messaging.moments_due import Due, due_of, due_of_event, each_once
from shared.vocabulary import JOURNEY_TOPIC, SLA_TOPIC, TASKS_TOPIC

DEALER = "lisboa-01"
TASK = {"task": {"customer_id": "C-1", "case_id": "K-1", "task_id": "T-1"}}
CLOCK = {"customer_id": "C-1", "case_id": "K-1", "timer_id": "S-1", "subject": "case"}
PROMISE = {"customer_id": "C-1", "case_id": "K-1", "promise_id": "P-1"}
CONTACT = {"customer_id": "C-1", "case_id": "K-1", "contact_id": "X-1"}


def noted(topic: str, kind: str, data: dict[str, Any]) -> Due | None:
    """What a record of the customer bears upon."""
    return due_of(new_record(topic, kind, DEALER, "C-1", datetime(2026, 11, 23, tzinfo=UTC), data))


def due(kind: str, cause: str, case: str | None = "K-1", event: str | None = None) -> Due:
    """A case of the customer."""
    return Due(dealer_id=DEALER, customer_id="C-1", case_id=case, cause_kind=kind, cause_id=cause, event_id=event)


@pytest.mark.parametrize(
    ("topic", "kind", "data", "expected"),
    [
        (TASKS_TOPIC, "handoff.task.declined.v1", TASK, due("task", "T-1")),
        (SLA_TOPIC, "handoff.sla.breached.v1", CLOCK, due("timer", "S-1")),
        (SLA_TOPIC, "handoff.promise.broken.v1", PROMISE, due("promise", "P-1")),
        (JOURNEY_TOPIC, CONTACT_RECORDED, CONTACT, due("contact", "X-1")),
        (TASKS_TOPIC, "handoff.task.offered.v1", TASK, None),
        (SLA_TOPIC, "handoff.sla.started.v1", CLOCK, None),
        (SLA_TOPIC, "handoff.sla.breached.v1", {**CLOCK, "subject": "task"}, None),
        (SLA_TOPIC, "handoff.sla.breached.v1", {**CLOCK, "customer_id": None}, None),
        (TASKS_TOPIC, "handoff.task.created.v1", {"task": {**TASK["task"], "customer_id": None}}, None),
        # an event is noted once it is routed
        (JOURNEY_TOPIC, "handoff.journey.step.v1", {}, None),
    ],
)
def test_records_of_facts_name_their_case(topic: str, kind: str, data: dict[str, Any], expected: Due | None) -> None:
    assert noted(topic, kind, data) == expected


def test_an_event_of_nobody_bears_upon_nothing() -> None:
    assert due_of_event("E-1", DEALER, None, None) is None
    assert due_of_event("E-1", DEALER, "C-1", "K-1") == due("event", "E-1", event="E-1")


def test_a_case_comes_once_with_its_latest_cause_and_its_event() -> None:
    of_event, of_task = due("event", "E-1", event="E-1"), due("task", "T-1")
    assert each_once([of_event, of_task]) == [due("task", "T-1", event="E-1")]
    assert each_once([of_task, of_event]) == [of_event]
    assert each_once([of_task, of_task]) == [of_task]


def test_every_event_is_kept_for_it_may_bear_upon_other_cases() -> None:
    first, second = due("event", "E-1", event="E-1"), due("event", "E-2", event="E-2")
    assert each_once([first, second, due("task", "T-1")]) == [first, due("task", "T-1", event="E-2")]


def test_cases_are_kept_apart() -> None:
    dues = [due("task", "T-1"), due("task", "T-2", case=None), due("task", "T-3", case="K-2")]
    assert each_once(dues) == dues
