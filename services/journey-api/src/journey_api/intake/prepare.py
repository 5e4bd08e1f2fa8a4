"""What to store of the events that wait, and what to answer: decided on values, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple

from journey_api.intake.case_reservation import Naming, refusal
from journey_api.intake.cloud_events import Event
from shared.cases.store import Case
from shared.ids import CaseKey
from shared.json_pointer import Fault


class EventKey(NamedTuple):
    """What makes an event a repeat."""

    dealer_id: str
    source: str
    id: str


class Stored(NamedTuple):
    """An event accepted before: its id and the hash of its content."""

    event_id: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """Events of one request, all or nothing, with an id ready for each; `is_batch` shapes the pointers."""

    events: Sequence[Event]
    event_ids: Sequence[str]
    received_at: datetime
    is_batch: bool

    def prefix(self, index: int) -> str:
        """What the pointers of an event begin with."""
        return f"/{index}" if self.is_batch else ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer for one event."""

    event_id: str
    source: str
    id: str
    status: Literal["accepted", "duplicate"]


class Refused(Exception):
    """A request that is refused as a whole, and the place that is to blame."""

    def __init__(self, status: int, fault: Fault) -> None:
        super().__init__(status, fault)
        self.status = status
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Row:
    """An event to insert."""

    event_id: str
    event: Event
    received_at: datetime


@dataclass(slots=True)
class Plan:
    """Rows and case reservations to write, and the answer of each request in order."""

    rows: list[Row] = field(default_factory=list)
    reservations: dict[CaseKey, Case] = field(default_factory=dict)
    answers: list[list[Receipt] | Refused] = field(default_factory=list)
    taken: dict[EventKey, Stored] = field(default_factory=dict)


_CASE_FAULTS: Final = {
    "other_customer": (422, "The case is another customer's, or one of the two has no customer"),
    "closed": (409, "The case has been closed for over 30 days"),
}


def key_of(event: Event) -> EventKey:
    """The duplicate key of an event."""
    return EventKey(event.data.dealer_id, event.source, event.id)


def naming_of(event: Event) -> Naming | None:
    """The case a live event names; history reserves nothing."""
    data = event.data
    if data.case_id is None or data.intent == "history":
        return None
    return Naming(data.dealer_id, data.case_id, data.customer_id)


def plan_intake(
    posts: Sequence[Posted], known: Mapping[EventKey, Stored], cases: Mapping[CaseKey, Case], now: datetime
) -> Plan:
    """Decide on requests in order, each seeing what those before it store. `known` and `cases` are what is stored."""
    plan = Plan()
    for posted in posts:
        own = Plan()
        try:
            answer: list[Receipt] | Refused = [
                _take(posted, index, (plan, own), known, cases, now) for index in range(len(posted.events))
            ]
        except Refused as refused:
            plan.answers.append(refused)
            continue
        plan.answers.append(answer)
        plan.rows += own.rows
        plan.reservations |= own.reservations
        plan.taken |= own.taken
    return plan


def _take(
    posted: Posted,
    index: int,
    plans: tuple[Plan, Plan],
    known: Mapping[EventKey, Stored],
    cases: Mapping[CaseKey, Case],
    now: datetime,
) -> Receipt:
    event, earlier, own = posted.events[index], *plans
    key = key_of(event)
    stored = known.get(key) or earlier.taken.get(key) or own.taken.get(key)
    if stored is not None:
        if stored.content_hash != event.content_hash:
            words = "This source and id came with another content before"
            raise Refused(409, Fault(f"{posted.prefix(index)}/id", words))
        return Receipt(stored.event_id, event.source, event.id, "duplicate")
    naming = naming_of(event)
    if naming is not None:
        _reserve(naming, f"{posted.prefix(index)}/data/case_id", plans, cases, now)
    event_id = posted.event_ids[index]
    own.rows.append(Row(event_id, event, posted.received_at))
    own.taken[key] = Stored(event_id, event.content_hash)
    return Receipt(event_id, event.source, event.id, "accepted")


def _reserve(
    naming: Naming, pointer: str, plans: tuple[Plan, Plan], cases: Mapping[CaseKey, Case], now: datetime
) -> None:
    earlier, own = plans
    key = (naming.dealer_id, naming.case_id)
    case = cases.get(key) or earlier.reservations.get(key) or own.reservations.get(key)
    if case is None:
        own.reservations[key] = Case(*key, naming.customer_id, "reserved")
    else:
        check_case(naming, pointer, case, now)


def check_case(naming: Naming, pointer: str, case: Case, now: datetime) -> None:
    """Raise Refused, with this pointer, where an event may not have the case it names."""
    if (why := refusal(naming, case, now)) is not None:
        status, words = _CASE_FAULTS[why]
        raise Refused(status, Fault(pointer, words))
