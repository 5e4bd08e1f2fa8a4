"""Queues whose tasks are offered when somebody turns up or has room again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.commands.reoffer_task import Offerable, find_offerable, offer_found
from shared.sla.store.due_subjects import DueSubject
from shared.tasks.unit_of_work import TaskChanges


async def find_queued(connection: AsyncConnection, due: Sequence[DueSubject], now: datetime) -> list[Offerable]:
    """Read what the dealers of these queues can offer now, each dealer once however many of its queues are due."""
    return [await find_offerable(connection, dealer_id, now) for dealer_id in sorted({one.dealer_id for one in due})]


async def offer_queues(changes: TaskChanges, found: Sequence[Offerable]) -> int:
    """Offer what was found, and schedule the next look; answers how many tasks found somebody.

    The caller holds the locks of the dealers and of the customers whose tasks were found, and publishes.
    """
    return sum([await offer_found(changes, one) for one in found])
