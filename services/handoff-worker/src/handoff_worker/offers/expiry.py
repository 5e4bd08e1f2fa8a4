"""An offer that ran out goes to the next candidate: nobody answering counts as a decline."""

from collections.abc import Sequence
from typing import Final

from shared.commands.reoffer_task import expire_offer
from shared.messaging.bus import Record
from shared.tasks.unit_of_work import TaskChanges

BREACHED: Final = "handoff.sla.breached.v1"


def is_expiry(record: Record) -> bool:
    """Whether the record is the breach of an acceptance clock; one noticed only as the offer ended changes nothing."""
    data = record.data
    return record.type == BREACHED and data["target"] == "acceptance" and not data["at_stop"]


async def expire_offers(changes: TaskChanges, records: Sequence[Record]) -> None:
    """Take these offers back and make the next ones; an offer that has been accepted or ended meanwhile stays so.

    The caller holds the customers' locks, and publishes. Raises TaskNotFound.
    """
    for record in records:
        await expire_offer(changes, record.dealer_id, record.data["task_id"], record.data["cycle"])
