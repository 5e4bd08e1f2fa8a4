"""What to store of the events that wait, and what to answer: decided on values, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from journey_api.intake.case_reservation import Naming, refusal
from journey_api.intake.cloud_events import Event
from shared.cases.store import Case
from shared.faults import Fault, Wrong
from shared.ids import CaseKey


class EventKey(NamedTuple):
    """What makes an event a repeat."""

    dealer_id: str
    source: str
    id: str


class Stored(NamedTuple):
    """An event accepted before: its id, the hash of its content, its customer."""

    event_id: str
    content_hash: bytes
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """Events of one request with an id ready for each; `is_batch` shapes the pointers.

    All or nothing, or, where it is `partial`, each for itself. `places` are the events' places in the request where
    some of it is left out. `refused` holds, by index, what was found wrong with an event since it was read.
    """

    events: Sequence[Event]
    event_ids: Sequence[str]
    received_at: datetime
    is_batch: bool
    partial: bool = False
    places: Sequence[int] | None = None
    refused: Mapping[int, "Refused"] = field(default_factory=dict)

    def prefix(self, index: int) -> str:
        """What the pointers of an event begin with."""
        return f"/{self.places[index] if self.places else index}" if self.is_batch else ""


@dataclass(slots=True)
class Receipt:
    """The answer for one event; `event_id` is None where nothing is stored.

    `warnings` say what of an accepted event will surprise.
    """

    event_id: str | None
    source: str
    id: str
    status: Literal["accepted", "duplicate"]
    customer_id: str | None = None
    warnings: list[Fault] = field(default_factory=list)


class Refused(Exception):
    """An event that is refused, and the place that is to blame."""

    def __init__(self, status: int, fault: Fault) -> None:
        super().__init__(status, fault)
        self.status = status
        self.fault = fault


Outcome = Receipt | Refused


class Row(NamedTuple):
    """An event to insert, and its receipt; its pointers begin with `prefix`."""

    event_id: str
    event: Event
    received_at: datetime
    receipt: Receipt
    prefix: str = ""


@dataclass(slots=True)
class Plan:
    """Rows and case reservations to write, and the outcomes of each request in order."""

    rows: list[Row] = field(default_factory=list)
    reservations: dict[CaseKey, Case] = field(default_factory=dict)
    answers: list[list[Outcome]] = field(default_factory=list)
    taken: dict[EventKey, Stored] = field(default_factory=dict)

    @property
    def refuses(self) -> bool:
        """Whether any event is refused."""
        return any(isinstance(outcome, Refused) for answer in self.answers for outcome in answer)


LIVE_FOR: Final = timedelta(days=30)
"""How far back a live event may have happened; what is older is history."""

_CASE_FAULTS: Final[Mapping[str, tuple[int, Wrong]]] = {
    "other_customer": (422, Wrong("of_another", "The case is another customer's, or one of the two has no customer")),
    "closed": (409, Wrong("case_closed", "The case has been closed for over 30 days")),
}
_TOO_OLD: Final = "A live event is at most 30 days old: post what is older with the intent history"


def key_of(event: Event) -> EventKey:
    """The duplicate key of an event."""
    return EventKey(event.data.dealer_id, event.source, event.id)


def naming_of(event: Event) -> Naming | None:
    """The case a live event names; history reserves nothing."""
    data = event.data
    if data.case_id is None or data.intent == "history":
        return None
    return Naming(data.dealer_id, data.case_id, data.customer_id)


def plan_intake(posts: Sequence[Posted], known: Mapping[EventKey, Stored], cases: Mapping[CaseKey, Case]) -> Plan:
    """Decide on requests in order, each seeing what those before it store. `loaded` and `cases` are what is stored."""
    plan = Plan()
    for posted in posts:
        own = Plan()
        outcomes = [_outcome(posted, index, (plan, own), known, cases) for index in range(len(posted.events))]
        plan.answers.append(outcomes)
        if posted.partial or not any(isinstance(outcome, Refused) for outcome in outcomes):
            plan.rows += own.rows
            plan.reservations |= own.reservations
            plan.taken |= own.taken
    return plan


def _outcome(
    posted: Posted,
    index: int,
    plans: tuple[Plan, Plan],
    known: Mapping[EventKey, Stored],
    cases: Mapping[CaseKey, Case],
) -> Outcome:
    try:
        return _take(posted, index, plans, known, cases)
    except Refused as refused:
        return refused


def _take(
    posted: Posted,
    index: int,
    plans: tuple[Plan, Plan],
    known: Mapping[EventKey, Stored],
    cases: Mapping[CaseKey, Case],
) -> Receipt:
    """What is known already is a repeat before anything else is judged."""
    event, prefix, earlier, own = posted.events[index], posted.prefix(index), *plans
    key = key_of(event)
    stored = known.get(key) or earlier.taken.get(key) or own.taken.get(key)
    if stored is not None:
        if stored.content_hash != event.content_hash:
            words = "This source and id came with another content before"
            raise Refused(409, Fault(f"{prefix}/id", "other_content", words))
        return Receipt(stored.event_id, event.source, event.id, "duplicate", stored.customer_id)
    if index in posted.refused:
        raise posted.refused[index]
    if event.data.intent == "live" and posted.received_at - event.time > LIVE_FOR:
        raise Refused(422, Fault(f"{prefix}/time", "too_old", _TOO_OLD))
    naming = naming_of(event)
    if naming is not None:
        _reserve(naming, f"{prefix}/data/case_id", plans, cases, posted.received_at)
    event_id, customer_id = posted.event_ids[index], event.data.customer_id
    receipt = Receipt(event_id, event.source, event.id, "accepted", customer_id)
    own.rows.append(Row(event_id, event, posted.received_at, receipt, prefix))
    own.taken[key] = Stored(event_id, event.content_hash, customer_id)
    return receipt


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
        status, wrong = _CASE_FAULTS[why]
        raise Refused(status, wrong.at(pointer))
