"""What a form offers and how it is read: possible actions, facts as fields."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from journey_api.console.fact_fields import choices_of, read_facts
from journey_api.console.possible_actions import possible_actions
from journey_api.console.task_forms import read_fields
from journey_api.http.problems import Problem
from shared.lifecycle import Actor, Offer, Task
from shared.playbook.fact_types import FACT_KINDS
from shared.playbook.routing.case_owner import Owner

NOW = datetime(2026, 11, 20, 12, 47, tzinfo=UTC)
ROLE = "product_specialist"
MARTA = Actor("PS-1", frozenset({ROLE}))
LEAD = Actor("SM-1", frozenset({"sales_manager"}), frozenset({ROLE}))
ADVISOR = Actor("SA-1", frozenset({"service_advisor"}))
OFFERED = Task(
    task_id="t-1",
    dealer_id="d",
    customer_id="C-1",
    case_id="c-1",
    event_id=None,
    entry="SA-07-01-c",
    kind="deliver",
    mode="hand_over",
    mirrors=(),
    merge_key="",
    matter="diagnosis",
    priority="normal",
    from_role="service_advisor",
    to_role=ROLE,
    status="offered",
    offered_to="PS-1",
    offer=Offer(cycle=1),
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    ("changes", "actor", "expected"),
    [
        ({}, MARTA, ("accept", "decline")),
        ({"offered_to": "PS-2"}, MARTA, ("accept",)),
        ({}, LEAD, ("accept", "reassign", "cancel")),
        ({}, ADVISOR, ()),
        ({}, None, ()),
        ({"status": "accepted", "assignee_id": "PS-1"}, MARTA, ("complete", "wait", "reassign")),
        ({"status": "waiting", "assignee_id": "PS-1"}, MARTA, ("resume", "complete", "reassign")),
        ({"status": "accepted", "assignee_id": "PS-2"}, MARTA, ()),
        ({"status": "open", "kind": "interact", "offered_to": None}, MARTA, ("acknowledge",)),
        ({"status": "completed", "assignee_id": "PS-1"}, MARTA, ()),
        ({"status": "accepted", "assignee_id": "PS-2", "started_by": "PS-1"}, MARTA, ("reassign", "cancel")),
    ],
)
def test_what_a_person_may_do(changes: dict[str, Any], actor: Actor | None, expected: tuple[str, ...]) -> None:
    assert possible_actions(replace(OFFERED, **changes), actor) == expected


def test_who_answers_to_the_customer_may_cancel() -> None:
    assert possible_actions(OFFERED, ADVISOR, Owner("service_advisor", "SA-1")) == ("cancel",)


def test_facts_are_read_as_their_kind() -> None:
    fields = {
        "facts[customer.vip]": "true",
        "facts[visit.waiting_customers]": "3",
        "facts[claims]": "warranty",
        "facts[feedback.sentiment]": "negative",
        "facts[no.such]": "x",
        "facts[problem.severity]": "",
        "note": "words",
    }
    assert read_facts(fields) == {
        "customer": {"vip": True},
        "visit": {"waiting_customers": 3},
        "claims": ["warranty"],
        "feedback": {"sentiment": "negative"},
    }


def test_facts_with_few_values_are_chosen_among_them() -> None:
    assert choices_of("customer.vip") == ("true", "false")
    assert "negative" in choices_of("feedback.sentiment")
    assert choices_of("claims") == ("warranty", "goodwill")
    assert all(isinstance(choices_of(path), tuple) for path in FACT_KINDS)


def test_blank_fields_are_not_given_and_unstorable_ones_refused() -> None:
    assert read_fields([("note", "  "), ("reason", "busy"), ("reason", "absent")]) == {"reason": "absent"}
    for value in ("a\x00b", "\ud800"):
        with pytest.raises(Problem):
            read_fields([("note", value)])
