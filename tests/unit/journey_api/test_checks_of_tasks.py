"""What tasks list as still to be done, by rule."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from journey_api.tasks.checklists import Check, checks_of, is_owed
from shared.conditions import AllOf, HasAny
from shared.lifecycle import Task
from shared.playbook.ruleset.entries import Activity
from shared.playbook.ruleset.loader import load_playbook
from shared.sla.facts import ContactMade, EventSeen, Fact, RecordPut
from shared.sla.policy.policy import read_policies
from shared.sla.policy.rules import load_rules
from shared.vocabulary import ROLES

FRIDAY = datetime(2026, 11, 20, 10, tzinfo=UTC)
CLOSING = datetime(2026, 11, 20, 18, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 18, tzinfo=UTC)
OFFICE = {day: [["09:00", "13:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
POLICIES = read_policies({"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": OFFICE}}})
TASK = Task(
    task_id="t-1",
    dealer_id="lisboa-01",
    customer_id="C-1",
    case_id="case-1",
    event_id=None,
    entry="SA-09-05-a",
    mirrors=(),
    kind="deliver",
    mode="hand_over",
    matter="repair",
    merge_key="repair",
    priority="normal",
    from_role="service_advisor",
    to_role="workshop_manager",
    status="accepted",
    created_at=FRIDAY,
    updated_at=FRIDAY,
)
NUMBERS: Iterator[int] = count(1)


def common(hours: float) -> dict[str, Any]:
    """What every fact says of itself."""
    return {
        "fact_id": f"f{next(NUMBERS):04}",
        "occurred_at": FRIDAY + timedelta(hours=hours),
        "dealer_id": "lisboa-01",
        "case_id": "case-1",
        "customer_id": "C-1",
    }


def event(hours: float, *occurrences: str, **more: Any) -> Fact:
    """A live event."""
    return EventSeen(**common(hours), occurrences=occurrences, **more)


def contact(hours: float, kind: str, **more: Any) -> Fact:
    """A written contact to the customer."""
    return ContactMade(**common(hours), direction="outbound", channel="email", kind=kind, **more)


def put(hours: float) -> Fact:
    """The customer's record is stored."""
    return RecordPut(**common(hours), record="customer")


def checks(*facts: Fact, task: Task = TASK, missing: tuple[str, ...] = (), **more: Any) -> dict[str, Check]:
    """The items of the task by rule."""
    found = checks_of(task, more.get("occurrences", ()), facts, missing, POLICIES)
    return {one.rule: one for one in found}


CONTACT = "customer_contact_completed"
APPOINTMENT = "service_appointment_requested"


@pytest.mark.parametrize(
    ("rule", "starts", "ends", "not_ending"),
    [
        ("T-36", "vehicle_returned", event(1, signals=("follow_up_scheduled",)), event(1, "vehicle_returned")),
        ("T-37", CONTACT, put(1), put(-1)),
        ("T-38", APPOINTMENT, contact(1, "estimate"), contact(1, "estimate", automatic=True)),
        ("T-38", "cost_estimate_ready", event(1, signals=("estimate_given",)), contact(1, "answer")),
        ("T-40", "vehicle_delivery_day", event(1, signals=("introduction_done",)), event(1, "vehicle_delivered")),
        ("T-42", APPOINTMENT, event(1, "mobility_option_agreed"), event(1, APPOINTMENT)),
        ("T-42", APPOINTMENT, event(1, mobility=True), event(1)),
        ("T-47", CONTACT, event(1, "upsell_opportunity_identified"), event(1, live=False)),
        ("T-47", CONTACT, event(1, signals=("reason_recorded",)), put(1)),
    ],
)
def test_an_item_is_open_until_it_is_done(rule: str, starts: str, ends: Fact, not_ending: Fact) -> None:
    assert rule not in checks(ends)
    assert rule not in checks(event(0, starts, live=False))
    begun = event(0, starts)
    assert checks(begun)[rule].done is False
    assert checks(begun, not_ending)[rule].done is False
    assert checks(begun, ends)[rule].done is True
    assert checks(ends, begun)[rule].done is True


@pytest.mark.parametrize(
    ("starts", "rule", "hours", "due_at"),
    [
        ("vehicle_returned", "T-36", 0, CLOSING),
        ("vehicle_returned", "T-36", 3.5, CLOSING),
        ("vehicle_returned", "T-36", 8, MONDAY),
        ("vehicle_returned", "T-36", 24, MONDAY),
        (CONTACT, "T-37", 0, CLOSING),
        (CONTACT, "T-47", 0, None),
        (APPOINTMENT, "T-42", 0, None),
    ],
)
def test_the_same_day_ends_with_the_dealers_day(starts: str, rule: str, hours: float, due_at: datetime | None) -> None:
    assert checks(event(hours, starts))[rule].due_at == due_at


def test_consent_to_additional_work_is_due_within_four_open_hours() -> None:
    found = event(0, signals=("additional_work_found",))
    assert checks(found)["T-07"] == Check("T-07", done=False, due_at=FRIDAY + timedelta(hours=5))
    assert checks(found, event(1, signals=("customer_authorisation_recorded",)))["T-07"].done


def test_who_keeps_records_as_a_part_of_the_work_is_as_the_playbook_prints_it() -> None:
    printed = load_playbook()
    upkeep = {role for role in ROLES if any(_upkeep(one) for one in printed.activities_of(role, CONTACT))}
    cancel = load_rules()["T-37"].when.cancel
    assert isinstance(cancel, AllOf)
    assert HasAny("observer", frozenset(upkeep)) in cancel.parts


def _upkeep(activity: Activity) -> bool:
    return activity.granularity == "data_upkeep"


def test_the_record_is_kept_by_who_keeps_it_as_a_part_of_the_work() -> None:
    seen, kept = event(0, CONTACT, observer="product_specialist"), event(1, CONTACT, observer="salesperson")
    assert checks(seen)["T-37"].done is False
    assert checks(seen, event(1, CONTACT, observer="product_specialist"))["T-37"].done is False
    assert checks(seen, kept)["T-37"].done is True
    assert checks(kept)["T-37"].done is False


def test_a_task_that_has_ended_lists_what_was_open_while_it_was() -> None:
    ended = replace(TASK, status="completed", updated_at=FRIDAY + timedelta(hours=2))
    assert "T-36" in checks(event(1, "vehicle_returned"), task=ended)
    assert "T-36" not in checks(event(3, "vehicle_returned"), task=ended)
    later = replace(TASK, created_at=FRIDAY + timedelta(hours=2))
    done = event(1, signals=("follow_up_scheduled",))
    assert "T-36" not in checks(event(0, "vehicle_returned"), done, task=later)
    assert "T-36" in checks(event(0, "vehicle_returned"), task=later)


def test_vehicle_and_complaint_belong_to_the_tasks_of_the_request() -> None:
    request = ("service_request_received",)
    assert "T-44" not in checks(missing=("problem",))
    assert checks(missing=("problem",), occurrences=request)["T-44"] == Check("T-44", done=False)
    assert checks(missing=("mobility",), occurrences=request)["T-44"].done


def test_a_dealer_that_never_opens_has_no_end_of_day() -> None:
    closed = read_policies({"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": {}}}})
    (check,) = checks_of(TASK, (), [event(0, "vehicle_returned")], (), closed)
    assert check == Check("T-36", done=False)


def test_what_is_owed() -> None:
    assert is_owed("T-47", [event(0, CONTACT)])
    assert not is_owed("T-47", [event(0, CONTACT, "upsell_opportunity_identified")])
    assert not is_owed("T-47", [])
