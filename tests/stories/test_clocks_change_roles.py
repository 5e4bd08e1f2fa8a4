"""A case goes to another role whose hours are others: its clock keeps, restarts or counts from its start (5.1.8)."""

from datetime import timedelta
from typing import Any

import pytest

from harness.names import EARLY_PROBLEM, EASY_ACCESS, MESSAGE_ANSWER
from harness.people import ALL_DAY
from harness.running_services import SERVICE_ADVISOR, RunningServices
from harness.verification import at_odds
from shared.playbook.ruleset.entries import Playbook

CUSTOMER, CASE = "C-7", "K-1"


async def message(services: RunningServices, how: str | None) -> None:
    """A customer's message; sales open half an hour later, and the case is theirs after forty."""
    opens = services.clock() + timedelta(minutes=30)
    week = {day: [[f"{opens:%H:%M}", "24:00"]] for day in ALL_DAY}
    about: dict[str, Any] = {"sla": {MESSAGE_ANSWER: {"on_change": how}}} if how else {}
    calendars = {"default": {"week": ALL_DAY}, "sales": {"week": week}}
    await services.open_dealer(calendars=calendars, role_calendar={"salesperson": "sales"}, **about)
    await services.add_customer(CUSTOMER, existing=True)
    await services.post_event(
        customer_id=CUSTOMER,
        case_id=CASE,
        channel="message",
        occurrences=[EARLY_PROBLEM],
        topics=["infotainment"],
        step=EASY_ACCESS,
        observed_by={"role": "service_advisor", "staff_id": SERVICE_ADVISOR},
    )
    await services.advance(minutes=40)
    body = {"staff_id": "S-salesperson", "role": "salesperson", "by": "S-client_experience_manager"}
    await services._post(f"/v1/dealers/{services.dealer_id}/cases/{CASE}/owner", 200, body)


@pytest.mark.parametrize(
    ("how", "minutes", "because"),
    [
        (None, 60, ["Another answers for it: S-salesperson"]),
        ("restart", 100, ["Another answers for it: S-salesperson", "Another role answers for it, and it counts anew"]),
        ("retroactive", 90, ["Another answers for it: S-salesperson", "Another role answers for it, whose hours"]),
    ],
)
async def test_its_clock_is_due_by_what_the_dealer_wants(
    services: RunningServices, playbook: Playbook, how: str | None, minutes: int, because: list[str]
) -> None:
    """The history says why, and the clock told anew from its facts is the same."""
    await message(services, how)
    timer = (await services.timers(case_id=CASE))[MESSAGE_ANSWER]
    began = services.clock() - timedelta(minutes=40)
    assert timer["due_at"] == (began + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    whole = await services.get(f"/v1/sla/timers/{timer['timer_id']}")
    told = [line["because"] for line in whole["history"] if line["action"] in ("owner_moved", "corrected")]
    assert len(told) == len(because)
    assert all(line.startswith(begins) for line, begins in zip(told, because, strict=True))
    assert await at_odds(services, playbook) == []
