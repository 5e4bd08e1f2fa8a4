"""Visitors are received in time (T-23), service visits finished by the same time next day (T-05)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.names import REPAIR_VEHICLE, SERVICE_VISIT_FINISHED, VISITOR_RECEIVED
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices
from harness.verification import at_odds
from shared.playbook.ruleset.entries import Playbook

CUSTOMER = "C-7"
PATH = "/v1/dealers/lisboa-01/appointments/A-1"
ADVISOR = {"observed_by": {"role": "service_advisor"}, "step": REPAIR_VEHICLE}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open on weekdays from nine to six."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    await services.add_customer(CUSTOMER, existing=True)


async def put(services: RunningServices, starts_at: datetime, path: str = PATH, **record: Any) -> None:
    """The dealership's system stores the appointment."""
    body = {"customer_id": CUSTOMER, "kind": "service", "starts_at": starts_at.isoformat(), **record}
    answer = await services.client.put(path, json=body)
    assert answer.status_code in (200, 201), answer.text
    await services.settle()


async def states(services: RunningServices) -> dict[str, tuple[str, bool]]:
    """State and breach of the newest clock of each rule of appointments."""
    found = {}
    for rule in (VISITOR_RECEIVED, SERVICE_VISIT_FINISHED):
        for timer in sorted(await services.timers_of(rule), key=lambda one: one["cycle"]):
            found[rule] = (timer["state"], timer["breached_at"] is not None)
    return found


async def test_a_visit_in_time_breaches_nothing(services: RunningServices, playbook: Playbook) -> None:
    starts_at = services.clock() + timedelta(hours=2)
    await put(services, starts_at)
    (timer,) = await services.timers_of(VISITOR_RECEIVED)
    assert (timer["subject"], timer["subject_id"], timer["target"]) == ("appointment", "A-1", "promise")
    await services.advance(hours=2, minutes=3)
    await put(services, starts_at, status="arrived")
    await services.advance(hours=5)
    await put(services, starts_at, status="done")
    await services.advance(days=3)
    assert await states(services) == {
        VISITOR_RECEIVED: ("completed", False),
        SERVICE_VISIT_FINISHED: ("completed", False),
    }
    assert not {kind for _, kind in await services.sla_records()} & {"breached", "escalated"}
    assert await at_odds(services, playbook) == []


async def test_nobody_receives_the_visitor(services: RunningServices) -> None:
    await put(services, services.clock() + timedelta(hours=2), kind="store")
    await services.advance(hours=2, minutes=5)
    assert (VISITOR_RECEIVED, "breached") not in await services.sla_records()
    await services.advance(seconds=1)
    assert (VISITOR_RECEIVED, "breached") in await services.sla_records()


async def test_a_visit_that_is_not_finished_by_next_day(services: RunningServices) -> None:
    starts_at = services.clock() + timedelta(hours=1)
    await put(services, starts_at)
    await services.advance(hours=1)
    await put(services, starts_at, status="started")
    await services.advance(days=1)
    assert (SERVICE_VISIT_FINISHED, "breached") not in await services.sla_records()
    await services.advance(seconds=1)
    assert (SERVICE_VISIT_FINISHED, "breached") in await services.sla_records()


async def test_a_moved_appointment_takes_its_clocks_along(services: RunningServices, playbook: Playbook) -> None:
    starts_at = services.clock() + timedelta(hours=2)
    await put(services, starts_at)
    await put(services, starts_at + timedelta(days=2))
    await services.advance(days=1)
    assert not {kind for _, kind in await services.sla_records()} & {"warning", "breached"}
    (timer,) = await services.timers_of(VISITOR_RECEIVED)
    assert datetime.fromisoformat(timer["due_at"]) == starts_at + timedelta(days=2, minutes=5)
    assert datetime.fromisoformat(timer["original_due_at"]) == starts_at + timedelta(minutes=5)
    assert await at_odds(services, playbook) == []


@pytest.mark.parametrize("ending", ["cancelled", "no_show", "deleted"])
async def test_who_is_not_expected_is_not_waited_for(
    services: RunningServices, ending: str, playbook: Playbook
) -> None:
    starts_at = services.clock() + timedelta(hours=2)
    await put(services, starts_at)
    if ending == "deleted":
        assert (await services.client.delete(PATH)).status_code == 204
    else:
        await put(services, starts_at, status=ending)
    await services.advance(days=3)
    assert set((await states(services)).values()) == {("cancelled", False)}
    assert await at_odds(services, playbook) == []


async def test_a_patch_moves_them_too(services: RunningServices) -> None:
    await put(services, services.clock() + timedelta(hours=2))
    headers = {"content-type": "application/merge-patch+json"}
    answer = await services.client.patch(PATH, content='{"status": "started"}', headers=headers)
    assert answer.status_code == 200, answer.text
    assert await states(services) == {
        VISITOR_RECEIVED: ("completed", False),
        SERVICE_VISIT_FINISHED: ("running", False),
    }


async def test_a_signal_finishes_the_visit_of_its_vehicle(services: RunningServices, playbook: Playbook) -> None:
    starts_at = services.clock() + timedelta(hours=1)
    await put(services, starts_at, vin="VIN-1", status="started")
    other = PATH.replace("A-1", "A-2")
    await put(services, starts_at + timedelta(minutes=1), other, vin="VIN-2", status="started")
    await services.advance(hours=3)
    vehicle = {"vin": "vin 1"}
    await services.post_event(customer_id=CUSTOMER, signals=["service_completed"], vehicle=vehicle, **ADVISOR)
    finished = {one["subject_id"]: one["state"] for one in await services.timers_of(SERVICE_VISIT_FINISHED)}
    assert finished == {"A-1": "completed", "A-2": "running"}
    assert await at_odds(services, playbook) == []


async def test_a_visit_that_is_finished_before_its_hour_is_finished(
    services: RunningServices, playbook: Playbook
) -> None:
    await put(services, services.clock() + timedelta(hours=2))
    other = PATH.replace("A-1", "A-2")
    await put(services, services.clock() + timedelta(days=7), other)
    await services.post_event(customer_id=CUSTOMER, signals=["service_completed"], **ADVISOR)
    finished = {one["subject_id"]: one["state"] for one in await services.timers_of(SERVICE_VISIT_FINISHED)}
    assert finished == {"A-1": "completed", "A-2": "running"}
    assert await at_odds(services, playbook) == []


async def test_an_appointment_of_another_customer_has_clocks_of_that_one(
    services: RunningServices, playbook: Playbook
) -> None:
    await services.add_customer("C-8", existing=True)
    starts_at = services.clock() + timedelta(hours=2)
    await put(services, starts_at)
    await put(services, starts_at, customer_id="C-8")
    for rule in (VISITOR_RECEIVED, SERVICE_VISIT_FINISHED):
        clocks = sorted(await services.timers_of(rule), key=lambda one: one["cycle"])
        assert [(one["customer_id"], one["state"]) for one in clocks] == [(CUSTOMER, "cancelled"), ("C-8", "running")]
    await services.post_event(customer_id=CUSTOMER, signals=["service_completed"], **ADVISOR)
    assert (await states(services))[SERVICE_VISIT_FINISHED] == ("running", False)
    await services.post_event(customer_id="C-8", signals=["service_completed"], **ADVISOR)
    assert (await states(services))[SERVICE_VISIT_FINISHED] == ("completed", False)
    assert await at_odds(services, playbook) == []


@pytest.mark.parametrize(
    "event",
    [
        {"signals": ["invoice_ready"]},
        {"occurrences": ["repair_completed"]},
        {"signals": ["service_completed"], "intent": "history"},
    ],
)
async def test_nothing_else_finishes_it(services: RunningServices, event: dict[str, Any]) -> None:
    await put(services, services.clock() + timedelta(minutes=1), status="started")
    await services.advance(hours=1)
    await services.post_event(customer_id=CUSTOMER, **event, **ADVISOR)
    assert (await states(services))[SERVICE_VISIT_FINISHED] == ("running", False)


async def test_an_end_heard_of_late_counts_when_it_was(services: RunningServices) -> None:
    starts_at = services.clock() + timedelta(minutes=1)
    await put(services, starts_at, status="started")
    await services.advance(days=2)
    await put(services, starts_at, status="done")
    assert (await states(services))[SERVICE_VISIT_FINISHED] == ("completed", True)
    at = starts_at + timedelta(hours=5)
    await services.post_event(customer_id=CUSTOMER, signals=["service_completed"], at=at, **ADVISOR)
    assert (await states(services))[SERVICE_VISIT_FINISHED] == ("completed", False)
