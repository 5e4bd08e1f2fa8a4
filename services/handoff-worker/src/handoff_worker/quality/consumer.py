"""The worker as a consumer of facts: notes which cases are to be judged again, beside routing and never before it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.bus import CONTACT_RECORDED, Record
from shared.messaging.consumer import Consumer
from shared.quality.due import CONSUMER, RECORDS, Due, note_due
from shared.vocabulary import JOURNEY_TOPIC, SLA_TOPIC, TASKS_TOPIC

_PROMISE: Final = "handoff.promise."


def quality_consumer(noted: asyncio.Event) -> Consumer:
    """What it reads and under which name; `noted` is set when there is something to judge, just before the commit."""

    async def note(connection: AsyncConnection, records: Sequence[Record]) -> None:
        await note_records(connection, records)
        noted.set()

    return Consumer(CONSUMER, (JOURNEY_TOPIC, TASKS_TOPIC, SLA_TOPIC), RECORDS, note)


async def note_records(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """Note the cases that these records are of; takes no lock."""
    noted = (_READERS[record.topic](record) for record in records)
    await note_due(connection, [due for due in noted if due is not None])


def _of_journey(record: Record) -> Due | None:
    """An event is of a case once it is routed; a contact knows its case."""
    if record.type == CONTACT_RECORDED:
        data = record.data
        return Due(
            dealer_id=record.dealer_id,
            customer_id=data["customer_id"],
            case_id=data["case_id"],
            cause_kind="contact",
            cause_id=data["contact_id"],
        )
    customer_id, event_id = record.data.get("customer_id"), record.event_id or ""
    if customer_id is None:
        return None
    return Due(
        dealer_id=record.dealer_id,
        customer_id=customer_id,
        case_id=None,
        cause_kind="event",
        cause_id=event_id,
        event_id=event_id,
    )


def _of_task(record: Record) -> Due | None:
    task = record.data["task"]
    if task["customer_id"] is None:
        return None
    return Due(
        dealer_id=record.dealer_id,
        customer_id=task["customer_id"],
        case_id=task["case_id"],
        cause_kind="task",
        cause_id=task["task_id"],
    )


def _of_promise(record: Record) -> Due:
    data = record.data
    return Due(
        dealer_id=record.dealer_id,
        customer_id=data["customer_id"],
        case_id=data["case_id"],
        cause_kind="promise",
        cause_id=data["promise_id"],
    )


def _of_clock(record: Record) -> Due | None:
    clock = record.data
    if record.type.startswith(_PROMISE):
        return _of_promise(record)
    if clock["customer_id"] is None or clock["subject"] == "task":
        return None
    return Due(
        dealer_id=record.dealer_id,
        customer_id=clock["customer_id"],
        case_id=clock["case_id"],
        cause_kind="timer",
        cause_id=clock["timer_id"],
    )


_READERS: Final[Mapping[str, Callable[[Record], Due | None]]] = {
    JOURNEY_TOPIC: _of_journey,
    TASKS_TOPIC: _of_task,
    SLA_TOPIC: _of_clock,
}
"""By topic."""
