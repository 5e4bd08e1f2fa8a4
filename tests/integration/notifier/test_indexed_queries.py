"""What is asked again and again is found by an index, however much there is that it does not ask for."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import Table, text

from harness.dealership import DEALER
from harness.statistics import planned_for_good, read_so_far
from harness.stepped_services import SteppedServices
from notifier.context import NotifierContext
from notifier.due_probe import DueProbe
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.digests import load_windows
from shared.db.engine import Database
from shared.db.schema import notification, task
from shared.people.staff import directory

pytestmark = pytest.mark.database

MANY, FEW = 5_000, 50
READ = text(
    "select sum(seq_tup_read + idx_tup_fetch) from pg_stat_user_tables where relname in ('task', 'notification')"
)


async def multiply(owner: Database, table: Table, **changed: str) -> None:
    """Copy the oldest row so often, as rows that nobody asks for; the planner knows how many there are."""
    names = [column.name for column in table.c]
    values = [changed.get(name, name) for name in names]
    copied = f"insert into {table.name} ({', '.join(names)}) select {', '.join(values)}"
    async with owner.transaction() as connection:
        await connection.execute(
            text(f"{copied} from (select * from {table.name} limit 1), generate_series(1, {MANY}) n")
        )
        await connection.execute(text(f"analyze {table.name}"))


@pytest.fixture
async def alone(services: SteppedServices, owner_database: Database, migrated: str) -> AsyncIterator[Database]:
    """A database with many tasks that nobody holds and many messages that have ended, seen by one connection."""
    await services.open_dealer()
    await services.add_customer(channels=[])
    await services.post_infotainment_message()
    await services.settle()
    await multiply(
        owner_database,
        task,
        task_id="'K-' || n",
        case_id="'K-' || n",
        kind="'interact'",
        status="'open'",
        offered_to="null",
    )
    ended = {"status": "'failed'", "channel": "'email'", "delivery_deadline": "null", "scheduled_for": "null"}
    await multiply(owner_database, notification, notification_id="'N-' || n", dedupe_key="'N-' || n", **ended)
    async with planned_for_good(services.database) as one:
        yield one


async def test_who_holds_how_much(alone: Database) -> None:
    before = await read_so_far(alone, READ)
    async with alone.transaction() as connection:
        people = await directory(connection, DEALER)
    assert sum(people.load.values()) == 1
    assert await read_so_far(alone, READ) - before < FEW


async def test_whether_anything_is_due(services: SteppedServices, alone: Database) -> None:
    before = await read_so_far(alone, READ)
    await DueProbe(alone, services.clock).check()
    assert await read_so_far(alone, READ) - before < FEW


async def test_whether_somebody_was_told_just_now(services: SteppedServices, alone: Database) -> None:
    before = await read_so_far(alone, READ)
    async with alone.transaction() as connection:
        context = NotifierContext(connection, services.config, services.clock() + timedelta(minutes=1), services.real())
        warning = NotificationRequest(
            dealer_id=DEALER,
            notification_type=NOTIFICATION_TYPES["WARNING"],
            recipient=Recipient(staff_id="SA-1"),
            key="K",
        )
        windows = await load_windows(context, [warning])
    assert windows.ends(warning) is None
    assert await read_so_far(alone, READ) - before < FEW
