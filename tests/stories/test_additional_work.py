"""No repair is completed before the customer has authorised the additional work that was found (T-07)."""

import pytest
from sqlalchemy import select

from harness.names import REPAIR_VEHICLE
from harness.running_services import RunningServices
from harness.verification import at_odds
from shared.db.schema import moment
from shared.playbook.ruleset.entries import Playbook

CUSTOMER = "C-7"
WORKSHOP, PARTS = "S-workshop_manager", "S-parts_manager"
REPAIR, PARTS_SET_ASIDE = "SA-09-05-a", "SA-09-05-b"
ADVISOR = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": REPAIR_VEHICLE}


@pytest.fixture(autouse=True)
async def repair(services: RunningServices) -> None:
    """A repair order is with the workshop and with parts."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)
    await services.post_event(customer_id=CUSTOMER, occurrences=["repair_order_opened"], **ADVISOR)
    for entry, person in ((REPAIR, WORKSHOP), (PARTS_SET_ASIDE, PARTS)):
        await services.act((await services.task(entry))["task_id"], "accept", person)


async def signal(services: RunningServices, name: str, **given: object) -> None:
    """The workshop's system says something of the repair."""
    await services.advance(minutes=1)
    await services.post_event(customer_id=CUSTOMER, signals=[name], **ADVISOR, **given)


async def complete(services: RunningServices, entry: str, **body: object) -> tuple[int, dict]:
    """Complete the task of an entry; answers status and document."""
    task = await services.task(entry)
    given = {"staff_id": WORKSHOP if entry == REPAIR else PARTS, **body}
    answer = await services.client.post(f"/v1/tasks/{task['task_id']}/complete", json=given)
    await services.settle()
    return answer.status_code, answer.json()


async def test_the_repair_waits_for_the_authorisation(services: RunningServices, playbook: Playbook) -> None:
    """It is refused with the way out, and possible once the customer has said yes."""
    await signal(services, "additional_work_found")
    status, problem = await complete(services, REPAIR)
    assert (status, problem["title"]) == (409, "gated")
    assert "customer_authorisation_recorded" in problem["detail"]
    assert "force" in problem["detail"]
    await signal(services, "customer_authorisation_recorded")
    status, task = await complete(services, REPAIR)
    assert (status, task["status"]) == (200, "completed")
    assert await at_odds(services, playbook) == []


async def test_work_that_is_not_the_repair_goes_on(services: RunningServices) -> None:
    """Parts may be set aside while the customer thinks."""
    await signal(services, "additional_work_found")
    assert (await complete(services, PARTS_SET_ASIDE))[0] == 200


async def test_nothing_was_found(services: RunningServices) -> None:
    """A repair as ordered needs no further word."""
    await signal(services, "parts_eta_slipped")
    assert (await complete(services, REPAIR))[0] == 200


async def test_more_is_found_after_the_authorisation(services: RunningServices) -> None:
    """Each finding asks anew."""
    for name in ("additional_work_found", "customer_authorisation_recorded", "additional_work_found"):
        await signal(services, name)
    assert (await complete(services, REPAIR))[0] == 409


async def test_an_authorisation_told_late_counts_when_it_was_given(services: RunningServices) -> None:
    """Who said yes before the next finding has not said yes to that."""
    found = services.clock()
    await signal(services, "additional_work_found")
    await services.advance(minutes=10)
    await signal(services, "additional_work_found")
    await services.post_event(customer_id=CUSTOMER, signals=["customer_authorisation_recorded"], at=found, **ADVISOR)
    assert (await complete(services, REPAIR))[0] == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"force": True}, "/note"),
        ({"force": True, "note": "  "}, "/note"),
        ({"force": True, "note": "Safety first", "reason": "parts"}, "/reason"),
    ],
)
async def test_forcing_it_says_why(services: RunningServices, body: dict, pointer: str) -> None:
    """Without a reason nobody goes past the gate."""
    await signal(services, "additional_work_found")
    status, problem = await complete(services, REPAIR, **body)
    assert (status, problem["errors"][0]["pointer"]) == (422, pointer)


async def test_a_forced_completion_is_recorded_and_told(services: RunningServices, playbook: Playbook) -> None:
    """The history names it, and so does the line of the timeline."""
    await signal(services, "additional_work_found")
    status, task = await complete(services, REPAIR, force=True, note="The brakes were not safe.")
    assert (status, task["status"], task["outcome"]) == (200, "completed", "done")
    (*_, last) = (await services.get(f"/v1/tasks/{task['task_id']}/history"))["items"]
    assert (last["action"], last["reason"], last["note"]) == (
        "completed",
        "unauthorised",
        "The brakes were not safe.",
    )
    lines = (await services.get(f"/v1/tasks/{task['task_id']}/timeline"))["items"]
    (line,) = [line for line in lines if line["kind"] == "completed"]
    assert line["because"].startswith("without the customer's authorisation")
    counted = (await services.caller.get("/metrics")).text
    assert "handoff_forced_completions_total" in counted
    assert await at_odds(services, playbook) == []


async def test_force_where_nothing_was_found_forces_nothing(services: RunningServices) -> None:
    """An ordinary completion has no mark."""
    _, task = await complete(services, REPAIR, force=True, note="To be sure.")
    (*_, last) = (await services.get(f"/v1/tasks/{task['task_id']}/history"))["items"]
    assert (last["action"], last["reason"]) == ("completed", None)


async def test_force_goes_with_complete_only(services: RunningServices) -> None:
    """Nothing else has a gate."""
    task = await services.task(REPAIR)
    body = {"staff_id": WORKSHOP, "force": True, "note": "x", "reason": "parts"}
    answer = await services.client.post(f"/v1/tasks/{task['task_id']}/wait", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/force")


async def test_a_customer_who_hears_nothing_of_it_is_kept_in_the_dark(
    services: RunningServices, playbook: Playbook
) -> None:
    """Once the duration of T-07 has passed, and not before."""
    await signal(services, "additional_work_found")

    async def flagged() -> list[str]:
        return [flag for row in await services.rows(select(moment.c.flags)) for flag in row["flags"]]

    await services.advance(hours=3, minutes=59)
    assert await flagged() == []
    await services.advance(minutes=2)
    assert await flagged() == ["kept_in_the_dark"]
    assert await at_odds(services, playbook) == []
