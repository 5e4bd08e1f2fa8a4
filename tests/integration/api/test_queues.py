"""What nobody can take waits in its role's queue, and holds nobody up while it does."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from harness.dealership import Dealership
from shared.clock import Clock
from shared.commands.reoffer_task import AT_ONCE, offer_queued
from shared.db.engine import Database
from shared.db.schema import staff
from shared.lifecycle import Task
from shared.playbook.ruleset.loader import playbook
from shared.tasks.store import load_task

pytestmark = pytest.mark.database

ROLE = {"roles": ["product_specialist"]}
ABSENT = {"PS-1": {**ROLE, "presence": "off"}}
LOCKS = text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")


async def change(dealership: Dealership, staff_id: str, **record: Any) -> None:
    """A person's record is now this."""
    async with dealership.database.transaction(dealership.dealer_id) as connection:
        await connection.execute(update(staff).where(staff.c.staff_id == staff_id).values(record=record))


async def offered(dealership: Dealership) -> int:
    """Offer what lies in the queues; answers how many found somebody."""
    async with dealership.database.transaction(dealership.dealer_id) as connection:
        return await offer_queued(connection, playbook(), dealership.dealer_id, dealership.clock())


async def again(dealership: Dealership, task: Task) -> Task:
    """The task as it is now."""
    async with dealership.database.transaction(dealership.dealer_id) as connection:
        return await load_task(connection, task.task_id)


async def test_it_is_offered_oldest_first_when_somebody_turns_up(database: Database, clock: Clock) -> None:
    dealership = await Dealership(database, clock).open_with_case({"PS-1": {**ROLE, "presence": "off", "capacity": 1}})
    older = await dealership.create_task(matter="a")
    dealership.clock.advance(timedelta(minutes=1))
    newer = await dealership.create_task(matter="b", case_id=None)
    assert (older.offered_to, newer.offered_to) == (None, None)
    await change(dealership, "PS-1", **ROLE, capacity=1)
    assert await offered(dealership) == 1
    assert [(await again(dealership, one)).offered_to for one in (older, newer)] == ["PS-1", None]
    assert await offered(dealership) == 0


async def test_nobodys_lock_is_taken_while_nobody_is_there(database: Database, clock: Clock) -> None:
    dealership = await Dealership(database, clock).open_with_case(ABSENT)
    await dealership.create_task()
    async with dealership.database.transaction(dealership.dealer_id) as connection:
        assert await offer_queued(connection, playbook(), dealership.dealer_id, dealership.clock()) == 0
        assert await connection.scalar(LOCKS) == 0


async def test_a_long_queue_is_offered_in_parts(database: Database, clock: Clock) -> None:
    dealership = await Dealership(database, clock).open_with_case(ABSENT)
    for number in range(AT_ONCE + 2):
        await dealership.create_task(matter=f"m-{number}", customer_id=f"N-{number}", case_id=None)
    await change(dealership, "PS-1", **ROLE, capacity=1_000)
    assert [await offered(dealership) for _ in range(3)] == [AT_ONCE, 2, 0]


async def test_no_more_are_taken_up_than_there_is_room_for(database: Database, clock: Clock) -> None:
    dealership = await Dealership(database, clock).open_with_case(ABSENT)
    for number in range(5):
        await dealership.create_task(matter=f"m-{number}", customer_id=f"N-{number}", case_id=None)
    await change(dealership, "PS-1", **ROLE, capacity=3)
    async with dealership.database.transaction(dealership.dealer_id) as connection:
        assert await offer_queued(connection, playbook(), dealership.dealer_id, dealership.clock()) == 3
        assert await connection.scalar(LOCKS) == 3


async def test_what_was_declined_waits_for_others_and_for_the_lead(database: Database, clock: Clock) -> None:
    lead = {"roles": ["sales_manager"], "lead_of": ["product_specialist"]}
    dealership = await Dealership(database, clock).open_with_case({"PS-1": ROLE, "SM-1": {**lead, "presence": "away"}})
    first, second = (
        await dealership.create_task(matter="a"),
        await dealership.create_task(matter="b", customer_id="N-2", case_id=None),
    )
    for task in (first, second):
        assert (await dealership.act(task.task_id, "decline", "PS-1", reason="conflict")).offered_to is None
    assert await offered(dealership) == 0, "PS-1 has room, and has declined both"
    await change(dealership, "SM-1", **lead)
    assert await offered(dealership) == 2
    assert [(await again(dealership, one)).offered_to for one in (first, second)] == ["SM-1", "SM-1"]
