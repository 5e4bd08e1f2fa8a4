"""What the clocks are told: an event seen, a contact made, a task changed, a case closed, reopened or handed on.

Every fact is complete in itself: a predicate reads nothing else.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, Literal, get_args

from shared.fast_dataclass import fast_dataclass

Transition = Literal[
    "offered",
    "queued",
    "accepted",
    "declined",
    "withdrawn",
    "waiting",
    "resumed",
    "completed",
    "cancelled",
    "reassigned",
    "acknowledged",
]
"""What happened to a task. `offered`: to a person; `queued`: to nobody; `withdrawn`: the offer was taken back."""
TRANSITIONS: Final[tuple[Transition, ...]] = get_args(Transition)


@fast_dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for a clock: a role, and the person where there is one."""

    role: str | None = None
    staff_id: str | None = None


NOBODY = Owner()


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    fact_id: str
    occurred_at: datetime
    dealer_id: str
    case_id: str | None
    customer_id: str | None = None
    owner: Owner = NOBODY


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class EventSeen(_Fact):
    """A journey event. `occurred_at` is its `time`, `owner` the customer owner; `live` False starts nothing.

    `mobility`: it says how the customer goes on without the vehicle; `offer_answered`: it says what became of an offer.
    `opened`: the place in the order (`order_key`) of the reopening it caused. It counts from there on; what it starts
    runs from its own time.
    """

    live: bool = True
    occurrences: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    channel: str | None = None
    sentiment: str | None = None
    visit_appointment: bool = False
    observer: str | None = None
    mobility: bool = False
    offer_answered: bool = False
    opened: tuple[datetime, str] | None = None


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class ContactMade(_Fact):
    """A contact as recorded. `automatic`: sent by the product itself, such as the acknowledgement."""

    direction: Literal["inbound", "outbound"]
    channel: str
    kind: str | None = None
    outcome: str | None = None
    automatic: bool = False


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanged(_Fact):
    """A task as the change left it, `owner` being who it is offered to or held by.

    `open_delivers` and `waiting_delivers` count the case's delivers after the change, waiting ones without reason
    `internal`. `to_lead`: offered to the role lead as the last resort, who has no acceptance clock.
    """

    task_id: str
    kind: Literal["deliver", "interact", "reminder"]
    transition: Transition
    to_lead: bool = False
    open_delivers: int = 0
    waiting_delivers: int = 0


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(_Fact):
    """The case was closed."""


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(_Fact):
    """A closed case was opened again; apply it before the event that did so."""


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class OwnerMoved(_Fact):
    """The customer owner of the case is now `owner`."""


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class RecordPut(_Fact):
    """A record of the dealership's systems was stored, not about a case but about its customer."""

    record: Literal["customer"]


Fact = EventSeen | ContactMade | TaskChanged | CaseClosed | CaseReopened | OwnerMoved | RecordPut


def order_key(fact: Fact) -> tuple[datetime, str]:
    """The order in which the facts of a subject count: by instant, then by id; after a reopening its event."""
    if isinstance(fact, EventSeen) and fact.opened is not None:
        at, change_id = fact.opened
        return at, f"{change_id}:event"
    return fact.occurred_at, fact.fact_id


def event_fact(
    *,
    event_id: str,
    occurred_at: datetime,
    dealer_id: str,
    case_id: str | None,
    customer_id: str | None,
    owner: Owner,
    data: Mapping[str, Any],
    occurrences: Collection[str],
    opened: tuple[datetime, str] | None = None,
) -> EventSeen:
    """A live event as the clocks see it: `data` as the contract has it, `occurrences` posted or inferred.

    `opened`: the place of the reopening it caused.
    """
    facts = data.get("facts") or {}
    return EventSeen(
        fact_id=event_id,
        occurred_at=occurred_at,
        dealer_id=dealer_id,
        case_id=case_id,
        customer_id=customer_id,
        owner=owner,
        occurrences=tuple(occurrences),
        signals=tuple(data.get("signals") or ()),
        channel=data.get("channel"),
        sentiment=(facts.get("feedback") or {}).get("sentiment"),
        visit_appointment=bool((facts.get("visit") or {}).get("appointment")),
        observer=(data.get("observed_by") or {}).get("role"),
        mobility=(facts.get("mobility") or {}).get("option") is not None,
        offer_answered=(facts.get("offer") or {}).get("accepted") is not None,
        opened=opened,
    )


def contact_fact(contact: Mapping[str, Any], owner: Owner) -> ContactMade:
    """A contact as the clocks see it, from its row."""
    return ContactMade(
        fact_id=contact["contact_id"],
        occurred_at=contact["at"],
        dealer_id=contact["dealer_id"],
        case_id=contact["case_id"],
        customer_id=contact["customer_id"],
        owner=owner,
        direction=contact["direction"],
        channel=contact["channel"],
        kind=contact["kind"],
        outcome=contact["outcome"],
        automatic=is_automatic(contact),
    )


def is_automatic(contact: Mapping[str, Any]) -> bool:
    """Whether the product sent a contact by itself: it is a message, and nobody's."""
    return contact["notification_id"] is not None and contact["staff_id"] is None


def task_fact_id(task_id: str, number: int) -> str:
    """The id of the fact that a change of a task is; `number`: the version it left, 0 for the making."""
    return f"{task_id}:{number}"


def transition_of(action: str, *, offered: bool) -> Transition | None:
    """What a change in a task's history is to the clocks; None: nothing.

    `offered`: the task was made and offered at once, which counts as the offer alone. Else it was queued.
    """
    if action == "created":
        return None if offered else "queued"
    return action if action in TRANSITIONS else None
