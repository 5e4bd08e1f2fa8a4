"""Waits, queues and expired offers on the real database: fired once, and right whatever comes in between."""

import asyncio
from datetime import datetime, timedelta

import pytest
from described_records import published
from postoffice import PEOPLE, PostOffice
from sqlalchemy import select, text, update
from statement_count import statements

from handoff_worker.jobs.invariants import audit
from handoff_worker.offers.consumer import OffersConsumer
from notifier.timers.scheduler import BATCH, Ticker
from shared.db.schema import staff, task_event, timer_due
from shared.messaging.bus import Record
from shared.sla.store.due_subjects import TIMER_DUE, DueSubject, schedule

pytestmark = pytest.mark.database

ENTRY = "SA-07-01-c"
TWO = {"PS-1": PEOPLE["PS-1"], "PS-2": PEOPLE["PS-2"], "SM-1": PEOPLE["SM-1"], "SA-1": PEOPLE["SA-1"]}
EXPIRY = timedelta(minutes=15, seconds=1)


async def offered(office: PostOffice, customers: int = 1) -> list[str]:
    """So many tasks, each offered to somebody; answers their ids."""
    await office.open(TWO)
    for number in range(customers):
        await office.meet(f"C-{number}", channels=[])
        await office.message(customer_id=f"C-{number}")
    await office.settle()
    return [row["task_id"] for row in await office.tasks(ENTRY)]


async def waiting(office: PostOffice, until: datetime, customers: int = 1) -> list[str]:
    """So many tasks that wait until then; answers their ids."""
    tasks = await offered(office, customers)
    for task_id in tasks:
        (row,) = [one for one in await office.tasks(ENTRY) if one["task_id"] == task_id]
        await office.act(task_id, "accept", row["offered_to"])
        await office.act(task_id, "wait", row["offered_to"], reason="parts", until=until)
    await office.settle()
    return tasks


async def fire(office: PostOffice, **by: float) -> list[Record]:
    """Let time pass and everything due fire; answers the records that the worker has not handled yet."""
    office.clock.advance(timedelta(**by))
    before = {record.id for record in await published(office.database)}
    while (await office.ticker.tick()).claimed:
        pass
    consumer = OffersConsumer(office.playbook, office.clock).consumer()
    return [one for one in await published(office.database) if one.id not in before and one.type in consumer.types]


async def handle(office: PostOffice, records: list[Record]) -> None:
    """Let the worker handle these records, though it may have handled them before."""
    async with office.database.transaction() as connection:
        await OffersConsumer(office.playbook, office.clock).handle(connection, records)


async def actions(office: PostOffice, task_id: str) -> list[str]:
    """What has happened to a task, in order."""
    query = select(task_event.c.action).where(task_event.c.task_id == task_id).order_by(task_event.c.version)
    return [row["action"] for row in await office.rows(query)]


async def status(office: PostOffice, task_id: str) -> tuple[str, str | None, str | None]:
    """How a task stands, to whom it is offered, who holds it."""
    (row,) = [one for one in await office.tasks() if one["task_id"] == task_id]
    return row["status"], row["offered_to"], row["assignee_id"]


async def test_an_offer_accepted_after_it_ran_out_is_not_passed_on(office: PostOffice) -> None:
    (task_id,) = await offered(office)
    _, person, _ = await status(office, task_id)
    expired = await fire(office, minutes=15, seconds=1)
    await office.act(task_id, "accept", str(person))
    await handle(office, expired)
    assert await status(office, task_id) == ("accepted", None, person)
    assert (await actions(office, task_id)).count("declined") == 0


async def test_an_offer_that_ran_out_goes_on_once_however_often_it_is_told(office: PostOffice) -> None:
    (task_id,) = await offered(office)
    _, first, _ = await status(office, task_id)
    expired = await fire(office, minutes=15, seconds=1)
    for _ in range(3):
        await handle(office, expired)
    _, second, _ = await status(office, task_id)
    assert {first, second} == {"PS-1", "PS-2"}
    assert (await actions(office, task_id))[-2:] == ["declined", "offered"]


async def test_an_accept_at_the_instant_of_the_expiry_ends_with_one_of_both(office: PostOffice) -> None:
    tasks = await offered(office, customers=6)
    people = {task_id: (await status(office, task_id))[1] for task_id in tasks}
    expired = await fire(office, minutes=15, seconds=1)
    accepts = (office.act(task_id, "accept", str(person)) for task_id, person in people.items())
    await asyncio.gather(handle(office, expired), *accepts)
    for task_id, person in people.items():
        assert await status(office, task_id) == ("accepted", None, person)
        assert (await actions(office, task_id)).count("declined") <= 1


async def test_the_notifier_changes_no_task_when_an_offer_runs_out(office: PostOffice) -> None:
    (task_id,) = await offered(office)
    before = await status(office, task_id)
    await fire(office, minutes=15, seconds=1)
    await office.hear()
    assert await status(office, task_id) == before


async def test_several_schedulers_fire_each_wait_once(office: PostOffice) -> None:
    until = office.clock() + timedelta(hours=1)
    tasks = await waiting(office, until, customers=8)
    office.clock.advance(timedelta(hours=1))
    async with office.database.transaction() as connection:
        await connection.execute(text("delete from timer_due where kind <> 'wait'"))
    schedulers = [Ticker(office.database, office.clock) for _ in range(3)]
    claimed = [one.claimed for one in await asyncio.gather(*(one.tick() for one in schedulers))]
    assert sum(claimed) == len(tasks)
    told = [one.data["subject_id"] for one in await published(office.database) if one.type == TIMER_DUE]
    assert sorted(one for one in told if one in tasks) == sorted(tasks)
    await office.settle()
    assert {(await status(office, task_id))[0] for task_id in tasks} == {"accepted"}


async def test_a_wait_that_begins_anew_before_its_end_is_handled_goes_on(office: PostOffice) -> None:
    (task_id,) = await waiting(office, office.clock() + timedelta(hours=1))
    ended = await fire(office, hours=1)
    _, _, holder = await status(office, task_id)
    await office.act(task_id, "resume", str(holder))
    await office.act(task_id, "wait", str(holder), until=office.clock() + timedelta(hours=3))
    await handle(office, ended)
    assert (await status(office, task_id))[0] == "waiting"
    await office.advance(hours=3)
    assert (await status(office, task_id))[0] == "accepted"


async def test_a_worker_whose_clock_is_behind_ends_a_wait_all_the_same(office: PostOffice) -> None:
    (task_id,) = await waiting(office, office.clock() + timedelta(hours=1))
    ended = await fire(office, hours=1)
    office.clock.advance(timedelta(seconds=-2))
    for _ in range(2):
        await handle(office, ended)
    assert (await status(office, task_id))[0] == "accepted"
    assert (await actions(office, task_id)).count("resumed") == 1


async def test_what_somebody_is_changing_is_left_to_the_next_tick(office: PostOffice) -> None:
    (task_id,) = await waiting(office, office.clock() + timedelta(hours=1))
    office.clock.advance(timedelta(hours=1))
    mine = (timer_due.c.kind == "wait") & (timer_due.c.subject_id == task_id)
    async with office.database.transaction() as connection:
        await connection.execute(select(timer_due.c.id).where(mine).with_for_update())
        while (await office.ticker.tick()).claimed:
            pass
        assert len(await office.rows(select(timer_due).where(mine))) == 1
    assert (await office.ticker.tick()).claimed == 1


async def test_a_queue_told_of_by_many_is_offered_once(office: PostOffice) -> None:
    """Nobody is there; then somebody is, and every record of the queue comes twice."""
    await office.open({"PS-1": {"roles": ["product_specialist"], "presence": "away"}})
    for number in range(3):
        await office.meet(f"C-{number}", channels=[])
        await office.message(customer_id=f"C-{number}")
    await office.route()
    looks = await fire(office, seconds=0)
    assert sum(one.data["kind"] == "queue" for one in looks) == 3
    async with office.database.transaction() as connection:
        await connection.execute(update(staff).values(record={"name": "Person", "roles": ["product_specialist"]}))
    for _ in range(2):
        await handle(office, looks)
    tasks = await office.tasks(ENTRY)
    assert [row["offered_to"] for row in tasks] == ["PS-1"] * 3
    assert [(await actions(office, row["task_id"])).count("offered") for row in tasks] == [1] * 3


async def test_a_tick_of_many_takes_as_many_statements_as_a_tick_of_one(office: PostOffice) -> None:
    await office.open()
    counts = []
    for number in (1, BATCH):
        now = office.clock()
        async with office.database.transaction() as connection:
            await connection.execute(text("delete from timer_due"))
            rows = [DueSubject("wait", "lisboa-01", f"K-{one}", now, f"C-{one}") for one in range(number)]
            await schedule(connection, rows, now)
        with statements(office.database) as sent:
            assert (await office.ticker.tick()).claimed == number
        counts.append(len(sent))
    assert max(counts) <= 4


async def test_the_auditor_finds_a_wait_that_nothing_ends(office: PostOffice) -> None:
    await waiting(office, office.clock() + timedelta(hours=1))
    office.clock.advance(timedelta(minutes=10))
    assert (await audit(office.database, office.clock(), office.real()))["unscheduled_waits"] == 0
    async with office.database.transaction() as connection:
        await connection.execute(text("delete from timer_due where kind = 'wait'"))
    assert (await audit(office.database, office.clock(), office.real()))["unscheduled_waits"] == 1
