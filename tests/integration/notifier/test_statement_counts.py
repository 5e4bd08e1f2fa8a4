"""What many cost together: the statements of a tick and of a batch of records do not grow with their number."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from harness.dealership import DEALER
from harness.statement_count import statements
from harness.stepped_services import SteppedServices
from notifier.consumers.consumer import NotifierConsumer
from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.planner import request_notifications
from notifier.timers.due_timers import BATCH
from shared.db.schema import notification, sla_timer, staff, task
from shared.messaging.bus import Record, new_record
from shared.vocabulary import TASKS_TOPIC

pytestmark = pytest.mark.database

_COLUMNS = [column.name for column in sla_timer.c]
_NEW = {"timer_id": "'T-' || n", "subject_id": "'S-' || n", "case_id": "'S-' || n"}
_COPY = text(
    f"insert into sla_timer ({', '.join(_COLUMNS)})"
    f" select {', '.join(_NEW.get(name, name) for name in _COLUMNS)} from sla_timer, generate_series(1, :count) n"
    " where rule = 'T-02' and case_id not like 'S-%'"
)
_TASK_COLUMNS = [column.name for column in task.c]
_NEW_TASK = {"task_id": "'K-' || n", "customer_id": "'N-' || n", "case_id": "'N-' || n"}
_COPY_TASKS = text(
    f"insert into task ({', '.join(_TASK_COLUMNS)})"
    f" select {', '.join(_NEW_TASK.get(name, name) for name in _TASK_COLUMNS)} from task, generate_series(1, :count) n"
    " where task_id = :task_id"
)
_COPY_DUE = text(
    "insert into timer_due (dealer_id, kind, subject_id, cycle, revision, threshold, fire_at)"
    " select dealer_id, 'timer', timer_id, cycle, revision, 'breach', due_at + interval '1 second' from sla_timer"
    " where timer_id like 'T-%'"
)


async def clocks_due(services: SteppedServices, count: int) -> None:
    """So many clocks of first acknowledgements, all due now, and nothing else due."""
    async with services.database.transaction() as connection:
        await connection.execute(text("delete from timer_due"))
        await connection.execute(text("delete from sla_timer where timer_id like 'T-%'"))
        await connection.execute(text("delete from sla_timer_event where timer_id like 'T-%'"))
        await connection.execute(_COPY, {"count": count})
        await connection.execute(_COPY_DUE)


async def test_a_tick_of_many_takes_as_many_statements_as_a_tick_of_one(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[])
    await services.post_infotainment_message()
    await services.route()
    services.clock.advance(timedelta(minutes=10, seconds=1))
    counts = []
    for number in (1, BATCH):
        await clocks_due(services, number)
        with statements(services.database) as sent:
            assert (await services.tick()).claimed == number
        counts.append(sum("set_config" not in one for one in sent))
    assert max(counts) <= 7


async def offers(services: SteppedServices, count: int) -> list[Record]:
    """So many tasks of as many customers, offered to one person, and the records that say so."""
    async with services.database.transaction() as connection:
        await connection.execute(text("delete from task where task_id like 'K-%'"))
        await connection.execute(text("delete from notification"))
    (one,) = await services.tasks()
    assert one["status"] == "offered"
    async with services.database.transaction() as connection:
        await connection.execute(_COPY_TASKS, {"count": count, "task_id": one["task_id"]})
    change = {"action": "offered", "before": {"offered_to": None}, "by": None, "at": services.clock().isoformat()}
    kind = "handoff.task.offered.v1"
    return [
        new_record(
            TASKS_TOPIC,
            kind,
            DEALER,
            f"N-{number}",
            services.clock(),
            {"task": {"task_id": f"K-{number}", "offered_to": one["offered_to"]}, "change": change},
        )
        for number in range(1, count + 1)
    ]


async def test_handling_many_offers_takes_as_many_statements_as_handling_one(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[])
    await services.post_infotainment_message()
    await services.route()
    consumer = NotifierConsumer(services.config, services.clock, services.real)
    counts = []
    for number in (1, 100):
        records = await offers(services, number)
        async with services.database.transaction() as connection:
            with statements(services.database) as sent:
                await consumer.handle(connection, records)
        told = await services.rows(select(notification.c.message, notification.c.status))
        assert [(row["message"], row["status"]) for row in told] == [("OFFERED", "queued")] * number
        counts.append(len(sent))
    assert max(counts) <= 9


_COPY_DEALER = text(
    "insert into dealer (dealer_id, record, version, created_at, updated_at, revision)"
    " select 'D-' || n, record, version, created_at, updated_at, revision from dealer, generate_series(1, :count) n"
)
_COPY_STAFF = text(
    "insert into staff (dealer_id, staff_id, record, version, created_at, updated_at)"
    " select 'D-' || n, staff_id, record, version, created_at, updated_at from staff, generate_series(1, :count) n"
)


async def test_telling_people_of_many_dealers_takes_as_many_statements_as_of_one(services: SteppedServices) -> None:
    await services.open_dealer()
    many = 40
    async with services.database.transaction() as connection:
        await connection.execute(_COPY_STAFF, {"count": many})
        await connection.execute(_COPY_DEALER, {"count": many})
    (staff_id,) = {row["staff_id"] for row in await services.rows(select(staff.c.staff_id).limit(1))}
    counts = []
    for number in (1, many):
        requests = [
            NotificationRequest(
                dealer_id=f"D-{n}",
                notification_type=NOTIFICATION_TYPES["OFFERED"],
                recipient=Recipient(staff_id=staff_id),
                key=f"K-{number}",
            )
            for n in range(1, number + 1)
        ]
        async with services.database.transaction() as connection:
            context = NotifierContext(connection, services.config, services.clock(), services.real())
            with statements(services.database) as sent:
                assert None not in await request_notifications(context, requests)
        counts.append(len(sent))
    assert counts[1] == counts[0]
