"""The salesperson of record hears of each change of a case with a serious problem until it is solved (T-45)."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from harness.names import UNEXPECTED_EVENT
from harness.people import ONE_IN_EVERY_ROLE
from harness.running_services import RunningServices
from harness.verification import at_odds
from journey_api.feeds.filters import match_tasks
from notifier.channels.channel import Channel
from shared.db.schema import notification, outbox
from shared.playbook.ruleset.entries import Playbook
from shared.vocabulary import TASKS_TOPIC

CUSTOMER, VIN = "C-7", "SALWA2"
SELLER, OTHER = "S-salesperson", "S-9"
WORKSHOP, ADVISOR = "S-workshop_manager", "S-service_advisor"
REPAIR = "SA-09-05-a"
SERIOUS, ORDERED = "serious_vehicle_problem_reported", "repair_order_opened"
_CHANGED = select(notification).where(notification.c.message == "CHANGED").order_by(notification.c.notification_id)


@pytest.fixture
def channels(mails: Channel) -> Mapping[str, Channel]:
    """People are told by e-mail."""
    return {"email": mails}


@pytest.fixture(autouse=True)
async def sold(services: RunningServices) -> None:
    """The vehicle was sold by one salesperson; another one has sold the customer another vehicle since."""
    another = {"name": OTHER, "roles": ["salesperson"], "presence": "away"}
    team = {**ONE_IN_EVERY_ROLE, OTHER: another}
    mail = {"kind": "email", "address": "staff@lisboa.example"}
    await services.open_dealer({one: {**person, "channels": [mail]} for one, person in team.items()})
    await services.add_customer(CUSTOMER, name="Ana Sousa", existing=True)
    for person, vin in ((SELLER, "salwa-2"), (OTHER, "SALWA9")):
        sold = {"observed_by": {"role": "salesperson", "staff_id": person}, "vehicle": {"vin": vin}}
        await services.post_event(customer_id=CUSTOMER, step=12, intent="history", **sold)
        await services.advance(minutes=1)


async def report(services: RunningServices, *occurrences: str, **given: Any) -> str:
    """The service advisor reports something of the vehicle."""
    about = {"observed_by": {"role": "service_advisor", "staff_id": ADVISOR}, "step": UNEXPECTED_EVENT}
    named = {"customer_id": CUSTOMER, "vehicle": {"vin": VIN}, "case_id": "K-1", "occurrences": list(occurrences)}
    return await services.post_event(**{**about, **named, **given})


async def told(services: RunningServices, *entries: str) -> list[tuple[str, str]]:
    """Who was told of changes of the tasks of these entries, and what, oldest first."""
    of_entries = {task["task_id"] for task in await services.tasks() if not entries or task["entry"] in entries}
    rows = [row for row in await services.rows(_CHANGED) if row["task_id"] in of_entries]
    return [(row["staff_id"], row["params"]["about"]["action"]) for row in rows]


async def test_who_sold_the_vehicle_hears_of_every_change(
    services: RunningServices, playbook: Playbook, mails: Any
) -> None:
    """From the offer to the end, but not of what is offered to the salesperson; the first notice at once."""
    await report(services, SERIOUS, ORDERED)
    assert await told(services, REPAIR) == [(SELLER, "offered")]
    mine = [task["entry"] for task in await services.tasks(offered_to=SELLER)]
    assert mine
    assert await told(services, *mine) == []
    task_id = (await services.task(REPAIR))["task_id"]
    await services.act(task_id, "accept", WORKSHOP)
    await services.act(task_id, "wait", WORKSHOP, reason="parts")
    await services.act(task_id, "resume", WORKSHOP)
    await services.act(task_id, "complete", WORKSHOP)
    actions = ["offered", "accepted", "waiting", "resumed", "completed"]
    assert await told(services, REPAIR) == [(SELLER, action) for action in actions]
    assert {person for person, _ in await told(services)} == {SELLER}
    await services.advance(minutes=11)
    sent = [one["status"] for one in reversed(await services.notifications()) if one["message"] == "CHANGED"]
    assert sent.count("delivered") == 2, "the first alone, the others of the ten minutes after it together"
    assert set(sent) == {"delivered", "withdrawn"}
    assert await at_odds(services, playbook) == []


async def test_the_feed_of_the_salesperson_has_them_too(services: RunningServices) -> None:
    """Under `mine=true`, until the problem is solved; nobody else's has."""
    await report(services, SERIOUS, ORDERED)
    task_id = (await services.task(REPAIR))["task_id"]
    await services.act(task_id, "accept", WORKSHOP)
    await report(services, signals=["problem_resolved"])
    await services.act(task_id, "complete", WORKSHOP)
    rows = await services.rows(select(outbox).where(outbox.c.topic == TASKS_TOPIC).order_by(outbox.c.seq))
    changes = [row for row in rows if row["payload"]["task"]["task_id"] == task_id]
    for person, expected in ((SELLER, ["created", "offered", "accepted"]), (OTHER, [])):
        mine = match_tasks({}, person)
        seen = [row["payload"]["change"]["action"] for row in changes if mine(row["type"], row["payload"])]
        assert seen == expected, person


async def test_nothing_is_told_once_the_problem_is_solved(services: RunningServices) -> None:
    """Whether solved now, or, as is heard later, before the change."""
    await report(services, SERIOUS, ORDERED)
    await services.advance(minutes=5)
    await report(services, signals=["problem_resolved"], at=services.clock())
    await services.act((await services.task(REPAIR))["task_id"], "accept", WORKSHOP)
    assert await told(services, REPAIR) == [(SELLER, "offered")]


async def test_a_repair_that_is_not_serious_concerns_no_salesperson(services: RunningServices) -> None:
    """Nor does a problem that was solved before it was told of."""
    await report(services, ORDERED)
    await report(services, signals=["problem_resolved"])
    assert await told(services) == []


async def test_a_deputy_hears_of_it_while_the_salesperson_is_away_for_long(services: RunningServices) -> None:
    """On leave: the substitute; the change that somebody made is not told to that person."""
    day = services.clock().date().isoformat()
    leave = [{"from": day, "to": day, "substitute_id": OTHER}]
    record = {"name": SELLER, "roles": ["salesperson"], "leave": leave, "channels": []}
    answer = await services.client.put(f"/v1/dealers/{services.dealer_id}/staff/{SELLER}", json=record)
    assert answer.status_code == 200, answer.text
    await report(services, SERIOUS, ORDERED)
    assert (OTHER, "offered") in await told(services, REPAIR)
    assert SELLER not in {person for person, _ in await told(services)}


async def test_nobody_hears_of_it_where_no_salesperson_is_on_record(services: RunningServices) -> None:
    """A customer whom nobody of sales has served yet."""
    await services.add_customer("C-8", existing=True)
    await report(services, SERIOUS, ORDERED, customer_id="C-8", case_id="K-8", vehicle={"vin": "SALWA8"})
    assert await told(services) == []
