"""Waits, queues and expired offers on the real database: fired once, and right whatever comes in between."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from handoff_worker.jobs.auditor import audit
from handoff_worker.offers.consumer import OffersConsumer
from harness.described_records import published
from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST
from harness.people import TEAM_WITH_MANAGERS
from harness.statement_count import statements
from harness.stepped_services import SteppedServices
from notifier.timers.due_timers import BATCH
from notifier.timers.scheduler import TimerScheduler
from shared.db.schema import staff, task_event, timer_due
from shared.messaging.bus import Record
from shared.playbook.ruleset.loader import playbook
from shared.sla.store.due_subjects import TIMER_DUE, DueSubject, schedule

pytestmark = pytest.mark.database

ENTRY = INFOTAINMENT_TO_PRODUCT_SPECIALIST
TWO = {one: TEAM_WITH_MANAGERS[one] for one in ("PS-1", "PS-2", "SM-1", "SA-1")}
EXPIRY = timedelta(minutes=15, seconds=1)


async def offered(services: SteppedServices, customers: int = 1) -> list[str]:
    """So many tasks, each offered to somebody; answers their ids."""
    await services.open_dealer(TWO)
    for number in range(customers):
        await services.add_customer(f"C-{number}", channels=[])
        await services.post_infotainment_message(customer_id=f"C-{number}")
    await services.settle()
    return [row["task_id"] for row in await services.tasks(ENTRY)]


async def waiting(services: SteppedServices, until: datetime, customers: int = 1) -> list[str]:
    """So many tasks that wait until then; answers their ids."""
    tasks = await offered(services, customers)
    for task_id in tasks:
        (row,) = [one for one in await services.tasks(ENTRY) if one["task_id"] == task_id]
        await services.act(task_id, "accept", row["offered_to"])
        await services.act(task_id, "wait", row["offered_to"], reason="parts", until=until)
    await services.settle()
    return tasks


async def fire(services: SteppedServices, **by: float) -> list[Record]:
    """Let time pass and everything due fire; answers the records that the worker has not handled yet."""
    services.clock.advance(timedelta(**by))
    before = {record.id for record in await published(services.database)}
    while (await services.tick()).claimed:
        pass
    consumer = OffersConsumer(playbook(), services.clock).consumer()
    return [one for one in await published(services.database) if one.id not in before and one.type in consumer.types]


async def handle(services: SteppedServices, records: list[Record]) -> None:
    """Let the worker handle these records, though it may have handled them before."""
    async with services.database.transaction() as connection:
        await OffersConsumer(playbook(), services.clock).handle(connection, records)


async def actions(services: SteppedServices, task_id: str) -> list[str]:
    """What has happened to a task, in order."""
    query = select(task_event.c.action).where(task_event.c.task_id == task_id).order_by(task_event.c.version)
    return [row["action"] for row in await services.rows(query)]


async def status(services: SteppedServices, task_id: str) -> tuple[str, str | None, str | None]:
    """How a task stands, to whom it is offered, who holds it."""
    (row,) = [one for one in await services.tasks() if one["task_id"] == task_id]
    return row["status"], row["offered_to"], row["assignee_id"]


async def test_an_offer_accepted_after_it_ran_out_is_not_passed_on(services: SteppedServices) -> None:
    (task_id,) = await offered(services)
    _, person, _ = await status(services, task_id)
    expired = await fire(services, minutes=15, seconds=1)
    await services.act(task_id, "accept", str(person))
    await handle(services, expired)
    assert await status(services, task_id) == ("accepted", None, person)
    assert (await actions(services, task_id)).count("declined") == 0


async def test_an_offer_that_ran_out_goes_on_once_however_often_it_is_told(services: SteppedServices) -> None:
    (task_id,) = await offered(services)
    _, first, _ = await status(services, task_id)
    expired = await fire(services, minutes=15, seconds=1)
    for _ in range(3):
        await handle(services, expired)
    _, second, _ = await status(services, task_id)
    assert {first, second} == {"PS-1", "PS-2"}
    assert (await actions(services, task_id))[-2:] == ["declined", "offered"]


async def test_an_accept_at_the_instant_of_the_expiry_ends_with_one_of_both(services: SteppedServices) -> None:
    tasks = await offered(services, customers=6)
    people = {task_id: (await status(services, task_id))[1] for task_id in tasks}
    expired = await fire(services, minutes=15, seconds=1)
    accepts = (services.act(task_id, "accept", str(person)) for task_id, person in people.items())
    await asyncio.gather(handle(services, expired), *accepts)
    for task_id, person in people.items():
        assert await status(services, task_id) == ("accepted", None, person)
        assert (await actions(services, task_id)).count("declined") <= 1


async def test_the_notifier_changes_no_task_when_an_offer_runs_out(services: SteppedServices) -> None:
    (task_id,) = await offered(services)
    before = await status(services, task_id)
    await fire(services, minutes=15, seconds=1)
    await services.notify()
    assert await status(services, task_id) == before


async def test_several_schedulers_fire_each_wait_once(services: SteppedServices) -> None:
    until = services.clock() + timedelta(hours=1)
    tasks = await waiting(services, until, customers=8)
    services.clock.advance(timedelta(hours=1))
    async with services.database.transaction() as connection:
        await connection.execute(text("delete from timer_due where kind <> 'wait'"))
    schedulers = [TimerScheduler(services.database, services.clock) for _ in range(3)]
    claimed = [one.claimed for one in await asyncio.gather(*(one.tick() for one in schedulers))]
    assert sum(claimed) == len(tasks)
    told = [one.data["subject_id"] for one in await published(services.database) if one.type == TIMER_DUE]
    assert sorted(one for one in told if one in tasks) == sorted(tasks)
    await services.settle()
    assert {(await status(services, task_id))[0] for task_id in tasks} == {"accepted"}


async def test_a_wait_that_begins_anew_before_its_end_is_handled_goes_on(services: SteppedServices) -> None:
    (task_id,) = await waiting(services, services.clock() + timedelta(hours=1))
    ended = await fire(services, hours=1)
    _, _, holder = await status(services, task_id)
    await services.act(task_id, "resume", str(holder))
    await services.act(task_id, "wait", str(holder), until=services.clock() + timedelta(hours=3))
    await handle(services, ended)
    assert (await status(services, task_id))[0] == "waiting"
    await services.advance(hours=3)
    assert (await status(services, task_id))[0] == "accepted"


async def test_a_worker_whose_clock_is_behind_ends_a_wait_all_the_same(services: SteppedServices) -> None:
    (task_id,) = await waiting(services, services.clock() + timedelta(hours=1))
    ended = await fire(services, hours=1)
    services.clock.advance(timedelta(seconds=-2))
    for _ in range(2):
        await handle(services, ended)
    assert (await status(services, task_id))[0] == "accepted"
    assert (await actions(services, task_id)).count("resumed") == 1


async def test_what_somebody_is_changing_is_left_to_the_next_tick(services: SteppedServices) -> None:
    (task_id,) = await waiting(services, services.clock() + timedelta(hours=1))
    services.clock.advance(timedelta(hours=1))
    mine = (timer_due.c.kind == "wait") & (timer_due.c.subject_id == task_id)
    async with services.database.transaction() as connection:
        await connection.execute(select(timer_due.c.id).where(mine).with_for_update())
        while (await services.tick()).claimed:
            pass
        assert len(await services.rows(select(timer_due).where(mine))) == 1
    assert (await services.tick()).claimed == 1


async def test_a_queue_told_of_by_many_is_offered_once(services: SteppedServices) -> None:
    """Nobody is there; then somebody is, and every record of the queue comes twice."""
    await services.open_dealer({"PS-1": {"roles": ["product_specialist"], "presence": "away"}})
    for number in range(3):
        await services.add_customer(f"C-{number}", channels=[])
        await services.post_infotainment_message(customer_id=f"C-{number}")
    await services.route()
    looks = await fire(services, seconds=0)
    assert sum(one.data["kind"] == "queue" for one in looks) == 3
    async with services.database.transaction() as connection:
        await connection.execute(update(staff).values(record={"name": "Person", "roles": ["product_specialist"]}))
    for _ in range(2):
        await handle(services, looks)
    tasks = await services.tasks(ENTRY)
    assert [row["offered_to"] for row in tasks] == ["PS-1"] * 3
    assert [(await actions(services, row["task_id"])).count("offered") for row in tasks] == [1] * 3


async def test_a_tick_of_many_takes_as_many_statements_as_a_tick_of_one(services: SteppedServices) -> None:
    await services.open_dealer()
    counts = []
    for number in (1, BATCH):
        now = services.clock()
        async with services.database.transaction() as connection:
            await connection.execute(text("delete from timer_due"))
            rows = [DueSubject("wait", "lisboa-01", f"K-{one}", now, f"C-{one}") for one in range(number)]
            await schedule(connection, rows, now)
        with statements(services.database) as sent:
            assert (await services.tick()).claimed == number
        counts.append(sum("set_config" not in one for one in sent))
    assert max(counts) <= 3


async def test_the_auditor_finds_a_wait_that_nothing_ends(services: SteppedServices) -> None:
    await waiting(services, services.clock() + timedelta(hours=1))
    services.clock.advance(timedelta(minutes=10))
    assert (await audit(services.database, services.clock(), services.real()))["unscheduled_waits"] == 0
    async with services.database.transaction() as connection:
        await connection.execute(text("delete from timer_due where kind = 'wait'"))
    assert (await audit(services.database, services.clock(), services.real()))["unscheduled_waits"] == 1
