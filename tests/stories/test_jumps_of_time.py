"""Time that jumps by hours or months, with ten schedulers at work: nothing due is lost, and nothing comes twice."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from harness.dealership import DEALER
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices
from harness.verification import at_odds
from notifier.timers.scheduler import TimerScheduler
from shared.db.schema import journey_event, sla_timer_event
from shared.playbook.ruleset.entries import Playbook

SCHEDULERS = 10
CUSTOMERS = [f"C-{number}" for number in range(3)]
PLACED = date(2026, 11, 20)
TOLD = text(
    """
    select payload ->> 'subject_id' as subject, payload ->> 'rule' as rule, payload ->> 'cycle' as cycle
      from outbox where type = 'handoff.timer.due.v1' and payload ->> 'kind' = 'trigger' order by seq
    """
)


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Each customer awaits a vehicle and has written just now, on Monday, 23 November 2026, at ten."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    for number, customer_id in enumerate(CUSTOMERS):
        await put(services, f"customers/{customer_id}", name="Ana Sousa")
        order = {"customer_id": customer_id, "kind": "vehicle", "placed_on": PLACED.isoformat(), "status": "ordered"}
        await put(services, f"orders/O-{number}", **order)
        seen = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": 16}
        await services.post_event(customer_id=customer_id, channel="message", **seen)


async def put(services: RunningServices, path: str, /, **record: Any) -> None:
    """Put a record."""
    answer = await services.client.put(f"/v1/dealers/{DEALER}/{path}", json=record)
    assert answer.status_code in (200, 201), answer.text
    await services.settle()


async def jump(services: RunningServices, to: datetime) -> None:
    """Time jumps, and ten schedulers find at once what is due, again and again until nothing is."""
    services.clock.at = to
    schedulers = [TimerScheduler(services.database, services.clock) for _ in range(SCHEDULERS)]
    while any(await asyncio.gather(*(one.fire_due() for one in schedulers))):
        await services.settle()


@pytest.mark.parametrize("days", [0.5, 100])
async def test_what_was_due_meanwhile_happens_once(services: RunningServices, days: float, playbook: Playbook) -> None:
    to = services.clock() + timedelta(days=days)
    await jump(services, to)
    fortnights = [PLACED + timedelta(days=14 * number) for number in range(1, 10)]
    wanted = [f"T-20:O-{n}:{day:%Y%m%d}" for n in range(len(CUSTOMERS)) for day in fortnights if day < to.date()]
    assert await made(services, "T-20") == sorted(wanted)
    assert len(await made(services, "T-34")) == (len(CUSTOMERS) if days > 92 else 0)
    assert await made(services, "T-09") == []
    told = Counter((row["subject"], row["rule"], row["cycle"]) for row in await services.rows(TOLD))
    assert [one for one, times in told.items() if times > 1 and one[1] != "begin"] == []
    fired = Counter(
        (row["timer_id"], row["cycle"], row["threshold"])
        for row in await services.rows(sla_timer_event.select().where(sla_timer_event.c.threshold.is_not(None)))
        if row["action"] != "superseded"
    )
    assert set(fired.values()) == {1}
    breached = [one for one, kind in await services.sla_records() if kind == "breached"]
    assert Counter(breached)["T-03"] == len(CUSTOMERS)
    assert await at_odds(services, playbook) == []


async def made(services: RunningServices, rule: str) -> list[str]:
    """The ids of the events a rule has made."""
    query = journey_event.select().where(journey_event.c.source == "/handoff/timers")
    return sorted(row["id"] for row in await services.rows(query) if row["id"].startswith(f"{rule}:"))


@pytest.mark.parametrize(
    ("starts_at", "finished_by", "opens_at"),
    [
        ("2027-03-27T10:00:00Z", "2027-03-28T09:00:00Z", "2027-03-29T08:00:00Z"),
        ("2027-10-30T09:00:00Z", "2027-10-31T10:00:00Z", "2027-11-01T09:00:00Z"),
    ],
    ids=["spring", "autumn"],
)
async def test_the_clocks_change_before_what_is_due(
    services: RunningServices, starts_at: str, finished_by: str, opens_at: str
) -> None:
    """A visit of Saturday at ten is finished by ten on Sunday (T-05), and Monday opens at nine (T-20), in Lisbon."""
    starts, opens = datetime.fromisoformat(starts_at), datetime.fromisoformat(opens_at)
    await jump(services, starts - timedelta(days=3))
    await put(services, "appointments/A-1", customer_id="C-0", kind="service", starts_at=starts_at)
    (clock,) = await services.timers_of("T-05")
    assert clock["due_at"] == finished_by
    placed = (opens - timedelta(days=14)).date().isoformat()
    await put(services, "orders/O-9", customer_id="C-0", kind="vehicle", placed_on=placed, status="ordered")
    await jump(services, opens - timedelta(seconds=1))
    assert [one for one in await made(services, "T-20") if ":O-9:" in one] == []
    assert ("T-05", "breached") in await services.sla_records()
    await jump(services, opens)
    assert len([one for one in await made(services, "T-20") if ":O-9:" in one]) == 1
