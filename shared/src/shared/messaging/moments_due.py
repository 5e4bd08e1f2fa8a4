"""Which cases are to be judged again, and because of what: noted with the facts, judged by the worker."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import Rows, insert_all
from shared.db.schema import moment_due
from shared.fast_dataclass import fast_dataclass
from shared.messaging import outbox
from shared.messaging.bus import CONTACT_RECORDED, Record
from shared.vocabulary import JOURNEY_TOPIC, SLA_TOPIC, TASKS_TOPIC

_PROMISE: Final = "handoff.promise."
_TASK_CHANGES: Final = ("created", "declined", "completed", "cancelled", "reassigned")
_CLOCK_CHANGES: Final = ("breached", "met", "cancelled", "corrected")
_PROMISE_CHANGES: Final = ("made", "kept", "moved", "broken", "withdrawn")
_FACTS: Final = frozenset(
    (
        CONTACT_RECORDED,
        *(f"handoff.task.{change}.v1" for change in _TASK_CHANGES),
        *(f"handoff.sla.{change}.v1" for change in _CLOCK_CHANGES),
        *(f"handoff.promise.{change}.v1" for change in _PROMISE_CHANGES),
    )
)
"""The types of records that tell of facts; an event is one once it is routed, for then its case is known."""

_ALL: Final = text(
    """
    insert into moment_due (dealer_id, customer_id, case_id, cause_kind, cause_id)
    select distinct dealer_id, customer_id, case_id, 'customer', cast(:cause as text) from moment
     where dealer_id = :dealer_id and customer_id = :customer_id
    """
)


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A case of a customer (None: what joined none) and the fact that may change what is said of its moments.

    `cause_kind` is a `CauseKind` of quality. `event_id`: of an event, which may bear upon other cases too.
    """

    dealer_id: str
    customer_id: str
    case_id: str | None
    cause_kind: str
    cause_id: str
    event_id: str | None = None


async def append_facts(connection: AsyncConnection, records: Sequence[Record], also: Iterable[Due] = ()) -> None:
    """Append records to the outbox, and note the cases that are to be judged again because of them."""
    dues = [*also, *(due for record in records if (due := due_of(record)) is not None)]
    if records:
        await outbox.append(connection, records, _rows(dues))
    else:
        await note_due(connection, dues)


async def note_due(connection: AsyncConnection, dues: Iterable[Due]) -> None:
    """Remember them, in the transaction that stores the facts."""
    await insert_all(connection, moment_due, _rows(dues))


def _rows(dues: Iterable[Due]) -> Rows:
    return [
        {
            "dealer_id": one.dealer_id,
            "customer_id": one.customer_id,
            "case_id": one.case_id,
            "event_id": one.event_id,
            "cause_kind": one.cause_kind,
            "cause_id": one.cause_id,
        }
        for one in each_once(dues)
    ]


def each_once(dues: Iterable[Due]) -> list[Due]:
    """Each case once with its latest cause and the event among its causes; once for each event where there are more."""
    latest: dict[tuple[str, str, str | None], Due] = {}
    others: list[Due] = []
    for due in dues:
        case = due.dealer_id, due.customer_id, due.case_id
        before = latest.pop(case, due)
        if due.event_id is None and before.event_id is not None:
            due = replace(due, event_id=before.event_id)
        elif before.event_id not in (None, due.event_id):
            others.append(before)
        latest[case] = due
    return [*others, *latest.values()]


async def note_all(connection: AsyncConnection, dealer_id: str, customer_id: str, cause: str) -> None:
    """Remember every case of a customer of whom more became known at once: by `cause`, who was merged into this one."""
    await connection.execute(_ALL, {"dealer_id": dealer_id, "customer_id": customer_id, "cause": cause})


def due_of_event(event_id: str, dealer_id: str, customer_id: str | None, case_id: str | None) -> Due | None:
    """What a routed event bears upon, given its case; None for the event of nobody."""
    if customer_id is None:
        return None
    return Due(
        dealer_id=dealer_id,
        customer_id=customer_id,
        case_id=case_id,
        cause_kind="event",
        cause_id=event_id,
        event_id=event_id,
    )


def due_of(record: Record) -> Due | None:
    """What a record bears upon; None where it tells of no fact, or of none of a customer."""
    return _READERS[record.topic](record) if record.type in _FACTS else None


def _of_contact(record: Record) -> Due | None:
    return _case_of(record, record.data, "contact", "contact_id")


def _of_task(record: Record) -> Due | None:
    return _case_of(record, record.data["task"], "task", "task_id")


def _of_clock(record: Record) -> Due | None:
    clock = record.data
    if record.type.startswith(_PROMISE):
        return _case_of(record, clock, "promise", "promise_id")
    return None if clock["subject"] == "task" else _case_of(record, clock, "timer", "timer_id")


def _case_of(record: Record, told: Mapping[str, Any], cause_kind: str, cause: str) -> Due | None:
    """The case that a record tells of, with the id that its field `cause` names; None for what is of no customer."""
    if told["customer_id"] is None:
        return None
    return Due(
        dealer_id=record.dealer_id,
        customer_id=told["customer_id"],
        case_id=told["case_id"],
        cause_kind=cause_kind,
        cause_id=told[cause],
    )


_READERS: Final[Mapping[str, Callable[[Record], Due | None]]] = {
    JOURNEY_TOPIC: _of_contact,
    TASKS_TOPIC: _of_task,
    SLA_TOPIC: _of_clock,
}
"""By topic."""
