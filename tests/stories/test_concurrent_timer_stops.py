"""The tick and whoever stops a clock at the same moment: one of them has it, and nobody waits in a circle."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from harness.dealership import DEALER
from harness.names import CARE_FOR_VEHICLE, EARLY_PROBLEM, EASY_ACCESS, MESSAGE_ANSWER, NEGATIVE_FEEDBACK_SOLUTION
from harness.running_services import RunningServices
from notifier.timers.scheduler import TimerScheduler
from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import notification, sla_timer_event
from shared.playbook.ruleset.loader import playbook

CONCERNED = {"S-service_advisor", "S-service_manager", "S-client_experience_manager"}
CUSTOMERS = [f"C-{number}" for number in range(15)]
DEADLOCKS = text("select deadlocks from pg_stat_database where datname = current_database()")


async def messages(services: RunningServices) -> None:
    """A message of each customer."""
    await services.open_dealer()
    for customer_id in CUSTOMERS:
        await services.add_customer(customer_id, existing=True)
        await services.post_event(
            customer_id=customer_id, channel="message", step=CARE_FOR_VEHICLE, observed_by={"role": "service_advisor"}
        )


async def answer(services: RunningServices, customer_id: str) -> int:
    """Answer the customer; the status of the response."""
    said = {"direction": "outbound", "channel": "email", "kind": "answer"}
    body = {"dealer_id": DEALER, "customer_id": customer_id, **said}
    return (await services.client.post("/v1/contacts", json=body)).status_code


async def deadlocks(database: Database) -> int:
    """How many circles the database has had to cut."""
    async with database.transaction() as connection:
        return int(await connection.scalar(DEADLOCKS) or 0)


async def told(services: RunningServices, action: str) -> list[int]:
    """How often each timer of which this is on record had it happen."""
    columns = sla_timer_event.c
    query = select(columns.timer_id, func.count().label("times")).where(columns.action == action)
    return [row["times"] for row in await services.rows(query.group_by(columns.timer_id))]


async def test_late_answers_and_two_ticks_at_once(services: RunningServices, owner_database: Database) -> None:
    """Warnings and breaches are overdue; every answer is taken, every breach on record once."""
    await messages(services)
    before = await deadlocks(owner_database)
    services.clock.advance(timedelta(hours=3))
    tickers = [TimerScheduler(services.database, services.clock) for _ in range(2)]
    ticks = [ticker.tick() for ticker in tickers for _ in range(6)]
    statuses = await asyncio.gather(*(answer(services, customer_id) for customer_id in CUSTOMERS), *ticks)
    assert set(statuses[: len(CUSTOMERS)]) == {201}
    assert await told(services, "breached") == [1] * (2 * len(CUSTOMERS))
    assert await told(services, "missed") == [1] * (2 * len(CUSTOMERS))
    assert await deadlocks(owner_database) == before


async def test_a_stop_that_commits_before_the_fire_wins(services: RunningServices) -> None:
    """While an answer is being recorded the tick passes its clocks over; then there is nothing left to fire."""
    await messages(services)
    at = services.clock() + timedelta(minutes=59)
    services.clock.advance(timedelta(minutes=60, seconds=1))
    spoken = {"direction": "outbound", "channel": "telephone", "kind": "answer", "outcome": "spoke"}
    given = NewContact(dealer_id=DEALER, customer_id=CUSTOMERS[0], at=at, **spoken)
    async with services.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, CUSTOMERS[0])])
        await record_contact(connection, playbook(), given, services.clock())
        async with asyncio.timeout(60):
            assert await services.loops.job("tick").single_pass() > 0
    await services.advance(seconds=1)
    answered = [one for one in await services.timers_of(MESSAGE_ANSWER) if one["customer_id"] == CUSTOMERS[0]]
    assert [(one["state"], one["breached_at"]) for one in answered] == [("completed", None)]
    assert (MESSAGE_ANSWER, "corrected") not in await services.sla_records()


async def test_a_breach_that_a_wait_outran_is_told(services: RunningServices) -> None:
    """Those whom the rule names hear of it, though the tick never saw it."""
    await services.open_dealer()
    await services.add_customer("C-7", existing=True)
    observer = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    problem = {"occurrences": [EARLY_PROBLEM], "topics": ["infotainment"]}
    unhappy = {"feedback": {"sentiment": "negative", "about": ["service"]}}
    await services.post_event(customer_id="C-7", step=EASY_ACCESS, observed_by=observer, facts=unhappy, **problem)
    (task,) = [task for task in await services.tasks() if task["kind"] == "deliver"]
    await services.act(task["task_id"], "accept", task["offered_to"])
    due_at = datetime.fromisoformat((await services.timers())[NEGATIVE_FEEDBACK_SOLUTION]["due_at"])
    services.clock.advance(due_at - services.clock() + timedelta(seconds=1))
    await services.act(task["task_id"], "wait", task["offered_to"], reason="parts")
    told = select(notification.c.staff_id).where(
        notification.c.message == "BREACHED",
        notification.c.params["about"]["rule"].as_string() == NEGATIVE_FEEDBACK_SOLUTION,
    )
    assert {row["staff_id"] for row in await services.rows(told)} == CONCERNED
