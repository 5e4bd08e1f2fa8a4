"""What tasks list as still to be done on the day a matter came up (T-36, T-37, T-38, T-40, T-42, T-44, T-47)."""

from typing import Any

import pytest

from harness.names import REPAIR_VEHICLE
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices
from harness.verification import at_odds
from shared.playbook.ruleset.entries import Playbook

CUSTOMER = "C-7"
ADVISOR = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": REPAIR_VEHICLE}
REPAIR = "SA-09-05-a"
CLOSING = "2026-11-23T18:00:00Z"


@pytest.fixture(autouse=True)
async def repair(services: RunningServices) -> None:
    """A repair order of a customer is with the workshop, on a Monday morning."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    await services.add_customer(CUSTOMER, existing=True)
    await services.post_event(customer_id=CUSTOMER, occurrences=["repair_order_opened"], **ADVISOR)
    await services.advance(minutes=1)


async def shown(services: RunningServices) -> dict[str, Any]:
    """The task of the repair."""
    return dict(await services.get(f"/v1/tasks/{(await services.task(REPAIR))['task_id']}"))


async def items(services: RunningServices) -> dict[str, tuple[bool, str | None]]:
    """Whether each item is done, and by when it is due."""
    return {one["rule"]: (one["done"], one["due_at"]) for one in (await shown(services))["checklist"]}


async def seen(services: RunningServices, *occurrences: str, **more: Any) -> None:
    """Something happens in the repair."""
    await services.advance(minutes=1)
    await services.post_event(customer_id=CUSTOMER, occurrences=list(occurrences), **ADVISOR | more)


async def estimate(services: RunningServices) -> None:
    """The customer is given the estimate."""
    await services.advance(minutes=1)
    await services.contact(customer_id=CUSTOMER, direction="outbound", channel="email", kind="estimate")


async def put_customer(services: RunningServices) -> None:
    """What was learned is written down."""
    await services.advance(minutes=1)
    answer = await services.client.put("/v1/dealers/lisboa-01/customers/C-7", json={"name": "A", "vip": True})
    assert answer.status_code == 200, answer.text


async def test_nothing_is_listed_before_anything_asks_for_it(services: RunningServices) -> None:
    assert await items(services) == {}
    await seen(services, "repair_status_changed")
    assert await items(services) == {}


@pytest.mark.parametrize(
    ("rule", "starts", "ends"),
    [
        ("T-36", ["vehicle_returned"], {"signals": ["follow_up_scheduled"]}),
        ("T-37", ["customer_contact_completed"], put_customer),
        ("T-38", ["service_appointment_requested"], estimate),
        ("T-38", ["cost_estimate_ready"], {"signals": ["estimate_given"]}),
        ("T-40", ["vehicle_delivery_day"], {"signals": ["introduction_done"]}),
    ],
)
async def test_an_item_is_due_at_the_end_of_the_day_and_done_by_what_is_done(
    services: RunningServices, rule: str, starts: list[str], ends: Any, playbook: Playbook
) -> None:
    await seen(services, *starts)
    assert (await items(services))[rule] == (False, CLOSING)
    await (ends(services) if callable(ends) else seen(services, **ends))
    assert (await items(services))[rule] == (True, CLOSING)
    assert await at_odds(services, playbook) == []


@pytest.mark.parametrize(
    ("limit", "due_at"),
    [
        ("PT4H", "2026-11-23T14:02:00Z"),
        ({"days": 1, "by": "12:00"}, "2026-11-24T12:00:00Z"),
        ("P2D", "2026-11-25T10:02:00Z"),
    ],
)
async def test_a_dealer_has_a_limit_of_its_own(services: RunningServices, limit: object, due_at: str) -> None:
    await services.rewrite_dealer(sla={"T-36": {"duration": limit}})
    await seen(services, "vehicle_returned")
    assert await items(services) == {"T-36": (False, due_at)}


async def test_what_belongs_into_the_contact_is_missing_from_the_packet(services: RunningServices) -> None:
    await seen(services, "customer_contact_completed")
    task = await shown(services)
    assert "offer" in task["packet"]["missing"]
    assert (await items(services))["T-47"] == (False, None)
    await seen(services, signals=["reason_recorded"])
    assert "offer" not in (await shown(services))["packet"]["missing"]
    assert (await items(services))["T-47"] == (True, None)


async def test_mobility_is_settled_by_what_a_later_event_says(services: RunningServices) -> None:
    await seen(services, "service_appointment_requested")
    assert (await items(services))["T-42"] == (False, None)
    await seen(services, "service_appointment_requested", facts={"mobility": {"option": "none"}})
    assert (await items(services))["T-42"] == (True, None)


async def test_an_imported_matter_asks_for_nothing(services: RunningServices) -> None:
    await seen(services, "vehicle_returned", intent="history")
    assert await items(services) == {}


async def test_what_was_asked_is_worded_in_the_readers_language(services: RunningServices) -> None:
    await seen(services, "vehicle_returned")
    task_id = (await services.task(REPAIR))["task_id"]
    answer = await services.client.get(f"/v1/tasks/{task_id}", headers={"accept-language": "pt"})
    (item,) = answer.json()["checklist"]
    assert item["text"] != (await shown(services))["checklist"][0]["text"]
