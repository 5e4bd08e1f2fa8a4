"""Creating, merging and offering tasks on the real database."""

import asyncio
from datetime import timedelta

import pytest
from harness.dealership import CASE, CUSTOMER, PEOPLE, Dealership
from sqlalchemy import func, select

from shared.clock import Clock
from shared.commands import change_task as tasks
from shared.db.engine import Database
from shared.db.schema import contact, task_source
from shared.db.schema import task as task_table
from shared.sla.store import timers_of

pytestmark = pytest.mark.database


@pytest.fixture
async def shop(database: Database, clock: Clock) -> Dealership:
    """A dealership with its people."""
    return await Dealership(database, clock()).open()


async def test_a_second_firing_of_the_class_joins_the_open_record(shop: Dealership) -> None:
    first = await shop.start(event_id="e-1")
    more = {"topics": ["charging"], "facts": {"problem": {"severity": "serious"}, "claims": ["warranty"]}}
    joined = await shop.begin(event_id="e-2", entry="SA-09-02-a", packet=more, priority="urgent")
    assert (joined.merged, joined.task.task_id) == (True, first.task_id)
    assert (joined.task.entry, joined.task.mirrors, joined.task.priority) == ("SA-07-01-c", ("SA-09-02-a",), "urgent")
    assert joined.task.packet == {
        "topics": ["infotainment", "charging"],
        "facts": {"problem": {"severity": "serious"}, "claims": ["warranty"]},
    }
    assert (await shop.begin(event_id="e-3")).task.mirrors == ("SA-09-02-a",)
    assert await shop.records() == ["created", "offered", "updated", "updated"]
    async with shop.database.transaction() as connection:
        rows = await connection.execute(select(task_source.c.event_id, task_source.c.entry).order_by("event_id"))
        assert [tuple(row) for row in rows] == [("e-1", "SA-07-01-c"), ("e-2", "SA-09-02-a"), ("e-3", "SA-07-01-c")]


async def test_once_terminal_a_new_firing_makes_a_new_record(shop: Dealership) -> None:
    first = await shop.start()
    await shop.do(first.task_id, "cancel", "SM-1")
    assert not (await shop.begin()).merged


async def test_an_interact_merges_for_the_pair_whichever_way_it_goes(shop: Dealership) -> None:
    pair = {"kind": "interact", "mode": "align", "matter": "m"}
    first = await shop.start(**pair, from_role="salesperson", to_role="sales_manager")
    assert (await shop.begin(**pair, from_role="sales_manager", to_role="salesperson")).task.task_id == first.task_id
    assert not (await shop.begin(**pair, from_role="salesperson", to_role="service_advisor")).merged


async def test_manual_tasks_are_apart_by_named_person(shop: Dealership) -> None:
    manual = {"manual": True, "entry": "SM-01-03-b", "mode": "delegate", "started_by": "SM-1"}
    first = await shop.start(**manual, to_staff_id="PS-1")
    assert not (await shop.begin(**manual, to_staff_id="PS-2")).merged
    assert (await shop.begin(**manual, to_staff_id="PS-1")).task.task_id == first.task_id


async def test_without_a_case_the_customer_stands_in_for_it(shop: Dealership) -> None:
    first = await shop.start(case_id=None)
    assert (await shop.begin(case_id=None)).task.task_id == first.task_id
    assert not (await shop.begin(case_id=None, customer_id=None)).merged


async def test_many_at_once_make_one_record(shop: Dealership) -> None:
    await asyncio.gather(*(shop.begin(event_id=f"e-{number}") for number in range(8)))
    async with shop.database.transaction() as connection:
        assert await connection.scalar(select(func.count()).select_from(task_table)) == 1
        assert await connection.scalar(select(func.count()).select_from(task_source)) == 8


async def test_who_holds_the_case_comes_before_who_has_less_to_do(shop: Dealership) -> None:
    first = await shop.start(matter="a")
    assert (await shop.do(first.task_id, "accept", "PS-2")).assignee_id == "PS-2"
    assert (await shop.start(matter="b")).offered_to == "PS-2"
    assert (await shop.start(matter="c", case_id=None)).offered_to == "PS-1"


async def test_capacity_counts_what_is_offered_and_held(database: Database, clock: Clock) -> None:
    people = {"PS-1": {"roles": ["product_specialist"], "capacity": 2}}
    shop = await Dealership(database, clock()).open(people)
    offered = [(await shop.start(matter=name)).offered_to for name in "abc"]
    assert offered == ["PS-1", "PS-1", None]


async def test_a_reminder_goes_to_the_customer_owners_person_first(shop: Dealership) -> None:
    for name in "ab":
        await shop.start(matter=name, to_role="service_advisor", from_role="salesperson", case_id=None)
    held = await shop.start(matter="held", to_role="service_advisor", from_role="salesperson")
    await shop.do(held.task_id, "accept", "SA-2")
    reminder = await shop.start(kind="reminder", entry="CLOSE-LOOP", mode="close_the_loop", to_role="service_advisor")
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
    shop = await Dealership(database, clock()).open(people)
    task = await shop.start()
    moved = await shop.do(task.task_id, "decline", "PS-1", reason="conflict")
    assert (moved.offered_to, moved.offer.to_lead) == ("X", True)
    assert (await shop.do(task.task_id, "accept", "X")).assignee_id == "X"


async def test_without_a_lead_the_roles_manager_takes_what_is_left(database: Database, clock: Clock) -> None:
    people = {name: {**person, "lead_of": []} for name, person in PEOPLE.items()}
    shop = await Dealership(database, clock()).open(people)
    task = await shop.start()
    await shop.do(task.task_id, "decline", "PS-1", reason="conflict")
    assert (await shop.do(task.task_id, "decline", "PS-2", reason="conflict")).offered_to == "SM-1"


async def test_a_wait_ends_by_itself(shop: Dealership) -> None:
    task = await shop.start()
    await shop.do(task.task_id, "accept", "PS-1")
    waiting = await shop.do(task.task_id, "wait", "PS-1", reason="parts", until=shop.now + timedelta(hours=2))
    assert waiting.status == "waiting"
    async with shop.database.transaction() as connection:
        assert await tasks.resume_due(connection, shop.now + timedelta(minutes=119)) == 0
        assert await tasks.resume_due(connection, shop.now + timedelta(hours=2)) == 1
        resumed = await tasks.load_task(connection, task.task_id)
    assert (resumed.status, resumed.waiting_until, resumed.waiting_reason) == ("accepted", None, None)


async def test_completing_as_answered_records_the_contact(shop: Dealership) -> None:
    task = await shop.start()
    await shop.do(task.task_id, "accept", "PS-1")
    await shop.do(task.task_id, "complete", "PS-1", outcome="customer_answered")
    async with shop.database.transaction() as connection:
        (row,) = (await connection.execute(select(contact))).mappings()
    told = (row["customer_id"], row["case_id"], row["task_id"], row["direction"], row["kind"], row["staff_id"])
    assert told == (CUSTOMER, CASE, task.task_id, "outbound", "answer", "PS-1")


async def test_each_offer_of_a_deliver_has_its_own_acceptance_clock(shop: Dealership) -> None:
    task = await shop.start()
    await shop.do(task.task_id, "decline", "PS-1", reason="conflict")
    await shop.do(task.task_id, "decline", "PS-2", reason="conflict")
    async with shop.database.transaction() as connection:
        row = await tasks.load_task(connection, task.task_id)
        clocks = await timers_of(connection, shop.dealer_id, task_ids=[task.task_id])
    assert row.offered_to == "SM-1"
    assert [(clock.rule, clock.cycle, clock.state) for clock in clocks] == [
        ("T-46", 1, "cancelled"),
        ("T-46", 2, "cancelled"),
    ]


async def test_a_lead_among_the_candidates_is_the_last_resort_only_at_the_end(database: Database, clock: Clock) -> None:
    people = {
        "PS-1": {"roles": ["product_specialist"], "lead_of": ["product_specialist"]},
        "PS-2": {"roles": ["product_specialist"]},
    }
    shop = await Dealership(database, clock()).open(people)
    task = await shop.start()
    assert (task.offered_to, task.offer.to_lead) == ("PS-1", False)
    passed = await shop.expire(task)
    assert (passed.offered_to, passed.offer.to_lead) == ("PS-2", False)
    last = await shop.do(task.task_id, "decline", "PS-2", reason="conflict")
    assert (last.offered_to, last.offer.to_lead) == ("PS-1", True)


async def test_an_interact_given_to_a_person_has_no_acceptance_clock(shop: Dealership) -> None:
    task = await shop.start(kind="interact", mode="share_info", to_staff_id="PS-2")
    assert (task.status, task.offered_to) == ("open", "PS-2")
    async with shop.database.transaction() as connection:
        assert await timers_of(connection, shop.dealer_id, task_ids=[task.task_id]) == []
