"""Promises whose date has passed: open ones are broken, moved ones get their score."""

from collections.abc import Sequence

from handoff_worker.offers.expiry import BREACHED
from shared.commands.change_promise import expire_promises, settle_promises
from shared.messaging.bus import Record
from shared.promises.unit_of_work import PromiseChanges
from shared.sla.store.due_subjects import DueSubject


def is_broken_promise(record: Record) -> bool:
    """Whether the record is the breach of a promise's clock; one noticed only as it was kept changes nothing."""
    data = record.data
    return record.type == BREACHED and data["subject"] == "promise" and not data["at_stop"]


async def end_promises(changes: PromiseChanges, breaches: Sequence[Record], moved: Sequence[DueSubject]) -> None:
    """Break those that were breached and are still open, score those whose first date has passed.

    The caller holds the customers' locks, and publishes.
    """
    await expire_promises(changes, [record.data["subject_id"] for record in breaches])
    await settle_promises(changes, [one.subject_id for one in moved])
