"""Creating, merging and offering tasks on the real database."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from harness.dealership import CASE, CUSTOMER, Dealership
from harness.names import (
    DELEGATED_TO_SALESPERSON,
    INFOTAINMENT_TO_PRODUCT_SPECIALIST,
    OFFER_CLOCK,
    REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST,
)
from harness.people import TEAM_WITH_A_LEAD
from shared.clock import Clock
from shared.commands import change_task as tasks
from shared.db.engine import Database
from shared.db.schema import contact, task_source
from shared.db.schema import task as task_table
from shared.playbook.ruleset.loader import playbook
from shared.sla.store import timers_of
from shared.tasks.unit_of_work import TaskChanges

pytestmark = pytest.mark.database


@pytest.fixture
async def dealership(database: Database, clock: Clock) -> Dealership:
    """A dealership with its people."""
    return await Dealership(database, clock).open_with_case()


async def test_a_second_firing_of_the_class_joins_the_open_record(dealership: Dealership) -> None:
    first = await dealership.create_task(event_id="e-1")
    more = {"topics": ["charging"], "facts": {"problem": {"severity": "serious"}, "claims": ["warranty"]}}
    joined = await dealership.start_task(
        event_id="e-2", entry=REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST, packet=more, priority="urgent"
    )
    assert (joined.merged, joined.task.task_id) == (True, first.task_id)
    assert (joined.task.entry, joined.task.mirrors, joined.task.priority) == (
        INFOTAINMENT_TO_PRODUCT_SPECIALIST,
        (REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST,),
        "urgent",
    )
    assert joined.task.packet == {
        "topics": ["infotainment", "charging"],
        "facts": {"problem": {"severity": "serious"}, "claims": ["warranty"]},
    }
    assert (await dealership.start_task(event_id="e-3")).task.mirrors == (REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST,)
    assert await dealership.records() == ["created", "offered", "updated", "updated"]
    async with dealership.database.transaction() as connection:
        rows = await connection.execute(select(task_source.c.event_id, task_source.c.entry).order_by("event_id"))
        assert [tuple(row) for row in rows] == [
            ("e-1", INFOTAINMENT_TO_PRODUCT_SPECIALIST),
            ("e-2", REPAIR_DIAGNOSIS_TO_PRODUCT_SPECIALIST),
            ("e-3", INFOTAINMENT_TO_PRODUCT_SPECIALIST),
        ]


async def test_once_terminal_a_new_firing_makes_a_new_record(dealership: Dealership) -> None:
    first = await dealership.create_task()
    await dealership.act(first.task_id, "cancel", "SM-1")
    assert not (await dealership.start_task()).merged


async def test_an_interact_merges_for_the_pair_whichever_way_it_goes(dealership: Dealership) -> None:
    pair = {"kind": "interact", "mode": "align", "matter": "m"}
    first = await dealership.create_task(**pair, from_role="salesperson", to_role="sales_manager")
    assert (
        await dealership.start_task(**pair, from_role="sales_manager", to_role="salesperson")
    ).task.task_id == first.task_id
    assert not (await dealership.start_task(**pair, from_role="salesperson", to_role="service_advisor")).merged


async def test_manual_tasks_are_apart_by_named_person(dealership: Dealership) -> None:
    manual = {"manual": True, "entry": DELEGATED_TO_SALESPERSON, "mode": "delegate", "started_by": "SM-1"}
    first = await dealership.create_task(**manual, to_staff_id="PS-1")
    assert not (await dealership.start_task(**manual, to_staff_id="PS-2")).merged
    assert (await dealership.start_task(**manual, to_staff_id="PS-1")).task.task_id == first.task_id


async def test_without_a_case_the_customer_stands_in_for_it(dealership: Dealership) -> None:
    first = await dealership.create_task(case_id=None)
    assert (await dealership.start_task(case_id=None)).task.task_id == first.task_id
    assert not (await dealership.start_task(case_id=None, customer_id=None)).merged


async def test_many_at_once_make_one_record(dealership: Dealership) -> None:
    await asyncio.gather(*(dealership.start_task(event_id=f"e-{number}") for number in range(8)))
    async with dealership.database.transaction() as connection:
        assert await connection.scalar(select(func.count()).select_from(task_table)) == 1
        assert await connection.scalar(select(func.count()).select_from(task_source)) == 8


async def test_who_holds_the_case_comes_before_who_has_less_to_do(dealership: Dealership) -> None:
    first = await dealership.create_task(matter="a")
    assert (await dealership.act(first.task_id, "accept", "PS-2")).assignee_id == "PS-2"
    assert (await dealership.create_task(matter="b")).offered_to == "PS-2"
    assert (await dealership.create_task(matter="c", case_id=None)).offered_to == "PS-1"


async def test_capacity_counts_what_is_offered_and_held(database: Database, clock: Clock) -> None:
    people = {"PS-1": {"roles": ["product_specialist"], "capacity": 2}}
    dealership = await Dealership(database, clock).open_with_case(people)
    offered = [(await dealership.create_task(matter=name)).offered_to for name in "abc"]
    assert offered == ["PS-1", "PS-1", None]


async def test_a_reminder_goes_to_the_customer_owners_person_first(dealership: Dealership) -> None:
    for name in "ab":
        await dealership.create_task(matter=name, to_role="service_advisor", from_role="salesperson", case_id=None)
    held = await dealership.create_task(matter="held", to_role="service_advisor", from_role="salesperson")
    await dealership.act(held.task_id, "accept", "SA-2")
    reminder = await dealership.create_task(
        kind="reminder", entry="CLOSE-LOOP", mode="close_the_loop", to_role="service_advisor"
    )
    assert reminder.offered_to == "SA-1"


async def test_a_lead_who_is_off_is_stood_in_for(database: Database, clock: Clock) -> None:
    people = {
        "PS-1": {"roles": ["product_specialist"]},
        "SM-1": {
            "roles": ["sales_manager"],
            "lead_of": ["product_specialist"],
            "presence": "off",
            "substitute_id": "X",
        },
        "X": {"roles": ["back_office"]},
    }
    dealership = await Dealership(database, clock).open_with_case(people)
    task = await dealership.create_task()
    moved = await dealership.act(task.task_id, "decline", "PS-1", reason="conflict")
    assert (moved.offered_to, moved.offer.to_lead) == ("X", True)
    assert (await dealership.act(task.task_id, "accept", "X")).assignee_id == "X"


async def test_without_a_lead_the_roles_manager_takes_what_is_left(database: Database, clock: Clock) -> None:
    people = {name: {**person, "lead_of": []} for name, person in TEAM_WITH_A_LEAD.items()}
    dealership = await Dealership(database, clock).open_with_case(people)
    task = await dealership.create_task()
    await dealership.act(task.task_id, "decline", "PS-1", reason="conflict")
    assert (await dealership.act(task.task_id, "decline", "PS-2", reason="conflict")).offered_to == "SM-1"


async def test_a_wait_ends_by_itself(dealership: Dealership) -> None:
    task = await dealership.create_task()
    await dealership.act(task.task_id, "accept", "PS-1")
    waiting = await dealership.act(
        task.task_id, "wait", "PS-1", reason="parts", until=dealership.clock() + timedelta(hours=2)
    )
    assert waiting.status == "waiting"
    async with dealership.database.transaction() as connection:
        for minutes, resumed in ((119, 0), (120, 1), (120, 0)):
            at = dealership.clock() + timedelta(minutes=minutes)
            changes = TaskChanges(connection, playbook(), at)
            assert await tasks.resume_waits(changes, {task.task_id: at}) == resumed
            await changes.publish()
        after = await tasks.load_task(connection, task.task_id)
    assert (after.status, after.waiting_until, after.waiting_reason) == ("accepted", None, None)


async def test_completing_as_answered_records_the_contact(dealership: Dealership) -> None:
    task = await dealership.create_task()
    await dealership.act(task.task_id, "accept", "PS-1")
    await dealership.act(task.task_id, "complete", "PS-1", outcome="customer_answered")
    async with dealership.database.transaction() as connection:
        (row,) = (await connection.execute(select(contact))).mappings()
    told = (row["customer_id"], row["case_id"], row["task_id"], row["direction"], row["kind"], row["staff_id"])
    assert told == (CUSTOMER, CASE, task.task_id, "outbound", "answer", "PS-1")


async def test_each_offer_of_a_deliver_has_its_own_acceptance_clock(dealership: Dealership) -> None:
    task = await dealership.create_task()
    await dealership.act(task.task_id, "decline", "PS-1", reason="conflict")
    await dealership.act(task.task_id, "decline", "PS-2", reason="conflict")
    async with dealership.database.transaction() as connection:
        row = await tasks.load_task(connection, task.task_id)
        clocks = await timers_of(connection, dealership.dealer_id, task_ids=[task.task_id])
    assert row.offered_to == "SM-1"
    assert [(clock.rule, clock.cycle, clock.state) for clock in clocks] == [
        (OFFER_CLOCK, 1, "cancelled"),
        (OFFER_CLOCK, 2, "cancelled"),
    ]


async def test_a_lead_among_the_candidates_is_the_last_resort_only_at_the_end(database: Database, clock: Clock) -> None:
    people = {
        "PS-1": {"roles": ["product_specialist"], "lead_of": ["product_specialist"]},
        "PS-2": {"roles": ["product_specialist"]},
    }
    dealership = await Dealership(database, clock).open_with_case(people)
    task = await dealership.create_task()
    assert (task.offered_to, task.offer.to_lead) == ("PS-1", False)
    passed = await dealership.expire_offer(task)
    assert (passed.offered_to, passed.offer.to_lead) == ("PS-2", False)
    last = await dealership.act(task.task_id, "decline", "PS-2", reason="conflict")
    assert (last.offered_to, last.offer.to_lead) == ("PS-1", True)


async def test_an_interact_given_to_a_person_has_no_acceptance_clock(dealership: Dealership) -> None:
    task = await dealership.create_task(kind="interact", mode="share_info", to_staff_id="PS-2")
    assert (task.status, task.offered_to) == ("open", "PS-2")
    async with dealership.database.transaction() as connection:
        assert await timers_of(connection, dealership.dealer_id, task_ids=[task.task_id]) == []
