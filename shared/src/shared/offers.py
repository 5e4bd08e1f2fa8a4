"""Offers that time makes: to people who turn up, and past people who stay silent."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import lock_keys, record_key
from shared.lifecycle import SYSTEM, Command, Task
from shared.offering import choose_lead, offer_next, rank_for
from shared.tables import task as task_table
from shared.task_changes import TaskChanges
from shared.task_rows import task_of
from shared.tasks import act

__all__ = ["choose_lead", "expire_offer", "offer_queued", "rank_for"]


async def offer_queued(connection: AsyncConnection, dealer_id: str, now: datetime) -> int:
    """Offer what lies in the dealer's queues, oldest first, to who is at work now; answers how many found somebody.

    Called when a shift begins and when a member of staff changes. Takes the customers' locks.
    """
    waiting = (await connection.execute(_queued(dealer_id))).mappings().all()
    await lock_keys(connection, [record_key(dealer_id, row["customer_id"]) for row in waiting])
    held = _queued(dealer_id).where(task_table.c.task_id.in_([row["task_id"] for row in waiting]))
    rows = (await connection.execute(held.with_for_update())).mappings().all()
    changes = TaskChanges(connection, now)
    found = 0
    for row in rows:
        offered = await offer_next(changes, task_of(row))
        found += offered.offered_to is not None
    await changes.publish()
    return found


async def expire_offer(connection: AsyncConnection, dealer_id: str, task_id: str, cycle: int, now: datetime) -> Task:
    """Count silence as a decline of this offer: on to the next. An offer that has ended meanwhile stays ended.

    `cycle` is the acceptance clock's. Raises TaskNotFound.
    """
    return await act(connection, dealer_id, task_id, Command(action="silence", cycle=cycle), SYSTEM, now)


def _queued(dealer_id: str) -> Select[tuple[object, ...]]:
    columns = task_table.c
    query = select(task_table).where(columns.dealer_id == dealer_id, columns.status == "offered")
    return query.where(columns.offered_to.is_(None)).order_by(columns.created_at, columns.task_id)
