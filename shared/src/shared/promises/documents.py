"""What is said of a promise: its document, and the records on the sla topic."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import TypedDict

from shared.messaging.bus import Record, new_record
from shared.messaging.field_types import Id, Own
from shared.promises.transitions import Change
from shared.promises.types import ENDS, Action, Kind, Promise, State
from shared.sla.store.documents import TimerOwner
from shared.vocabulary import SLA_TOPIC

PUBLISHED: Final[tuple[Action, ...]] = ("made", *ENDS)
"""The events of a promise that become records."""


class Backing(TypedDict, total=False):
    """The record behind a promise: an order or an appointment."""

    order: Id
    appointment: Id


class PromiseFields(TypedDict):
    """What a promise says of itself in every document, by the names of its own members.

    `moves`: how often its line was moved before it. `customer_told_at`, of a moved one: when the customer first knew.
    `score`: 1 better than promised, 0 as promised, -1 worse; null while it is open or its score is not known.
    """

    promise_id: Own
    dealer_id: Id
    customer_id: Id
    case_id: Id | None
    task_id: Own | None
    kind: Kind
    due_at: datetime
    made_at: datetime
    amount: float | None
    currency: str | None
    owner: TimerOwner
    state: State
    score: Literal[-1, 0, 1] | None
    moves: Annotated[int, Field(ge=0)]
    predecessor_id: Own | None
    successor_id: Own | None
    backed_by: Backing | None
    customer_told_at: datetime | None
    ended_at: datetime | None
    timer_id: Own
    version: Annotated[int, Field(ge=1)]


class PromiseDocument(PromiseFields):
    """A promise whole, with its words."""

    text: str
    extra: str | None
    reason: str | None


class PromiseTold(PromiseFields):
    """A promise as the event left it, without its words. `at`: when it happened."""

    at: datetime


def promise_document(promise: Promise) -> PromiseDocument:
    """The promise as the API shows it."""
    return {**_fields(promise), "text": promise.text, "extra": promise.extra, "reason": promise.reason}


def promise_record(change: Change, now: datetime) -> Record | None:
    """The record of what happened to a promise, None for what is nobody else's business."""
    event, promise = change.event, change.promise
    if event.action not in PUBLISHED:
        return None
    data: PromiseTold = {**_fields(promise), "at": event.at}
    kind = f"handoff.promise.{event.action}.v1"
    return new_record(SLA_TOPIC, kind, promise.dealer_id, promise.customer_id, now, data)


def _fields(promise: Promise) -> PromiseFields:
    return {
        "promise_id": promise.promise_id,
        "dealer_id": promise.dealer_id,
        "customer_id": promise.customer_id,
        "case_id": promise.case_id,
        "task_id": promise.task_id,
        "kind": promise.kind,
        "due_at": promise.due_at,
        "made_at": promise.made_at,
        "amount": _number(promise.amount),
        "currency": promise.currency,
        "owner": {"role": promise.owner_role, "staff_id": promise.owner_staff_id},
        "state": promise.state,
        "score": promise.score,  # type: ignore[typeddict-item]
        "moves": promise.moves,
        "predecessor_id": promise.predecessor_id,
        "successor_id": promise.successor_id,
        "backed_by": _backing(promise),
        "customer_told_at": promise.customer_told_at,
        "ended_at": promise.ended_at,
        "timer_id": promise.timer_id,
        "version": promise.version,
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _backing(promise: Promise) -> Backing | None:
    if promise.order_id is not None:
        return {"order": promise.order_id}
    return None if promise.appointment_id is None else {"appointment": promise.appointment_id}
