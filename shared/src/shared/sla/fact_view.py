"""What a fact says, by the names that conditions of time rules may read."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from shared import conditions, vocabulary
from shared.channels.registry import contact_channel, spoken_channels
from shared.conditions import NEVER, Field, Predicate, evaluate, parse_predicate
from shared.sla.facts import (
    TRANSITIONS,
    CaseClosed,
    CaseReopened,
    ContactMade,
    EventSeen,
    Fact,
    OwnerMoved,
    RecordPut,
    TaskChanged,
)

View = Mapping[str, frozenset[str]]
"""The values of each name; a name that is not there has none."""
ViewKey = frozenset[tuple[str, frozenset[str]]]
"""The items of a view, by which answers are kept: most facts say what others said before."""

KEPT: Final = 4_096
"""How many answers about what facts say are kept."""

NO_REPLY_NEEDED: Final = "courtesy"
"""The kind of an inbound contact that is acknowledged by nobody and starts no clock."""

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "fact": ("event", "contact", "task", "case_closed", "case_reopened", "owner_moved", "record"),
    "occurrence": vocabulary.OCCURRENCES,
    "signal": vocabulary.SIGNALS,
    "inbound": vocabulary.EVENT_CHANNELS,
    "customer": ("present",),
    "sentiment": ("negative", "neutral", "positive"),
    "visit": ("appointment",),
    "observer": vocabulary.ROLES,
    "mobility": ("given",),
    "offer": ("answered",),
    "told": vocabulary.CONTACT_KINDS,
    "heard": ("spoken", "unspoken"),
    "courtesy": ("given",),
    "task": TRANSITIONS,
    "task_kind": ("deliver", "interact", "reminder"),
    "offered_to": ("person", "lead", "nobody"),
    "delivers": ("waiting", "moving", "none"),
    "record": ("customer",),
    "record_status": ("booked", "confirmed", "arrived", "started", "done", "cancelled", "no_show"),
}
"""Every name a condition may read, and its values.

`inbound`: the channel of an inbound message, e-mail or post (a live event with a customer, or an inbound contact);
`told`: the kind of an outbound contact that reached somebody; `heard`: an inbound contact, in conversation or not.
"""

_FIELDS: Final = {name: Field(conditions.NAMES, frozenset(values)) for name, values in NAMES.items()}
_NONE: Final[frozenset[str]] = frozenset()

NOT_REACHED: Final = frozenset(vocabulary.CONTACT_OUTCOMES) - {"spoke"}
"""The outcomes of a contact in vain: they stop nothing, and a call or letter with one of them has failed."""


def read_condition(data: object) -> Predicate:
    """Read a condition from data, NEVER from None. Raises ValueError for a name or value that does not exist."""
    return NEVER if data is None else parse_predicate(data, _FIELDS)


def holds(condition: Predicate, view: View) -> bool:
    """Whether the condition is true of what a fact says; of a name without values nothing is true."""
    return evaluate(condition, lambda name: view.get(name, _NONE)) is True


def view_of(fact: Fact) -> View:
    """What a fact says, by name."""
    match fact:
        case EventSeen():
            return _event_view(fact)
        case ContactMade():
            return _contact_view(fact)
        case TaskChanged():
            return _task_view(fact)
        case CaseClosed():
            return {"fact": frozenset({"case_closed"})}
        case CaseReopened():
            return {"fact": frozenset({"case_reopened"})}
        case OwnerMoved():
            return {"fact": frozenset({"owner_moved"})}
        case RecordPut():
            return {"fact": frozenset({"record"}), "record": frozenset({fact.record})}


def view_key(fact: Fact) -> ViewKey:
    """What a fact says, as one value that can be a key."""
    return frozenset(view_of(fact).items())


def reached(contact: ContactMade) -> bool:
    """Whether an outbound contact reached somebody: spoken (or in the store), or written and accepted."""
    if contact.direction != "outbound" or contact.outcome in NOT_REACHED:
        return False
    return contact.channel not in spoken_contact_channels() or contact.outcome == "spoke"


def _counts(contact: ContactMade) -> bool:
    """Whether it reached somebody; what the product sends by itself only acknowledges."""
    return reached(contact) and (not contact.automatic or contact.kind == "acknowledgement")


def spoken_contact_channels() -> frozenset[str]:
    """Where a contact has reached somebody only if they spoke."""
    return spoken_channels() | {"event"}


def stops(contact: ContactMade) -> frozenset[str]:
    """The targets an outbound contact stops by its kind."""
    if not _counts(contact):
        return frozenset()
    if contact.kind == "acknowledgement":
        return frozenset({"acknowledgement"})
    if contact.kind in ("answer", "proposal", "estimate"):
        return frozenset({"acknowledgement", "first_response", "next_response"})
    return frozenset()


def _event_view(event: EventSeen) -> View:
    return _event_says(
        event.occurrences,
        event.signals,
        contact_channel(event.channel or "") if event.customer_id else None,
        event.sentiment,
        event.observer,
        customer=bool(event.customer_id),
        visit=event.visit_appointment,
        mobility=event.mobility,
        offer=event.offer_answered,
    )


@lru_cache(maxsize=KEPT)
def _event_says(
    occurrences: tuple[str, ...],
    signals: tuple[str, ...],
    inbound: str | None,
    sentiment: str | None,
    observer: str | None,
    *,
    customer: bool,
    visit: bool,
    mobility: bool,
    offer: bool,
) -> View:
    return _present(
        fact={"event"},
        occurrence=set(occurrences),
        signal=set(signals),
        inbound={inbound} if inbound else set(),
        customer={"present"} if customer else set(),
        sentiment={sentiment} if sentiment else set(),
        visit={"appointment"} if visit else set(),
        observer={observer} if observer else set(),
        mobility={"given"} if mobility else set(),
        offer={"answered"} if offer else set(),
    )


def _contact_view(contact: ContactMade) -> View:
    inbound = contact.direction == "inbound"
    channel = contact_channel(contact.channel)
    waits = inbound and contact.kind != NO_REPLY_NEEDED
    spoken = contact.outcome == "spoke" or channel == "store"
    return _present(
        fact={"contact"},
        customer={"present"} if contact.customer_id else set(),
        inbound={channel} if waits else set(),
        heard={"spoken" if spoken else "unspoken"} if waits else set(),
        told={contact.kind} if contact.kind and _counts(contact) else set(),
        courtesy={"given"} if contact.kind == NO_REPLY_NEEDED and (inbound or _counts(contact)) else set(),
    )


def _task_view(task: TaskChanged) -> View:
    waiting = task.open_delivers > 0 and task.waiting_delivers >= task.open_delivers
    offered = "lead" if task.to_lead else "person" if task.owner.staff_id else "nobody"
    return _present(
        fact={"task"},
        task={task.transition},
        task_kind={task.kind},
        offered_to={offered},
        delivers={"waiting" if waiting else "moving" if task.open_delivers else "none"},
    )


def _present(**values: set[str]) -> View:
    return {name: frozenset(found) for name, found in values.items() if found}
