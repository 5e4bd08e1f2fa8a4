"""What routing reads and answers. Frozen values without behaviour; the callers load them and store the answer."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Final, Literal

from shared.fast_dataclass import fast_dataclass
from shared.playbook.fact_types import Facts, FactValue

Kind = Literal["deliver", "interact", "reminder"]
Outcome = Literal[
    "created", "merged", "suggested", "manual", "not_met", "suppressed", "already_with", "owner_decision", "none"
]
Layer = Literal["event", "case", "customer", "dealer"]

BY_HAND: Final = "|by_hand:"
"""What the class of a manual arrow carries (`MergeKey`)."""


@fast_dataclass(frozen=True, slots=True)
class Vehicle:
    """The vehicle of an event. `delivered_on` is the vehicle record's day where it has one, else the event's."""

    vin: str | None = None
    delivered_on: date | None = None


@fast_dataclass(frozen=True, slots=True)
class JourneyEvent:
    """One event as routing sees it. `occurrences` are the posted ones, `topics` the event's own; empty is none."""

    event_id: str
    dealer_id: str
    observer: str
    time: datetime
    customer_id: str | None = None
    staff_id: str | None = None
    step: int | None = None
    occurrences: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict)
    channel: str | None = None
    intent: str = "live"
    vehicle: Vehicle = Vehicle()
    case_id: str | None = None


@fast_dataclass(frozen=True, slots=True)
class OpenRecord:
    """A task of the case that is not terminal, with what its class is made of.

    `named_person` is the person a manual task was given to; automatic tasks have none.
    """

    task_id: str
    entry: str
    matter: str
    kind: Kind
    from_role: str
    to_role: str
    mirrors: tuple[str, ...] = ()
    manual: bool = False
    named_person: str | None = None


@fast_dataclass(frozen=True, slots=True)
class Hop:
    """A role gave a matter back: it reassigned the task to another role."""

    matter: str
    role: str
    task_id: str | None = None
    to_role: str | None = None


@fast_dataclass(frozen=True, slots=True)
class AcceptedDeliver:
    """A deliver of the case that somebody accepted at some time."""

    giver: str
    receiver: str
    matter: str
    cancelled: bool = False


@fast_dataclass(frozen=True, slots=True)
class CaseView:
    """An existing case. `facts` and `topics` are what `united_case` kept of the events before this one."""

    case_id: str
    topics: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict)
    vehicle: Vehicle = Vehicle()
    open_records: tuple[OpenRecord, ...] = ()
    returned_matters: tuple[Hop, ...] = ()
    accepted_delivers: tuple[AcceptedDeliver, ...] = ()


@fast_dataclass(frozen=True, slots=True)
class CustomerView:
    """What the customer's profile says; None is unknown."""

    vip: bool | None = None
    public_figure: bool | None = None
    existing: bool | None = None
    frequent_service: bool | None = None


@fast_dataclass(frozen=True, slots=True)
class DealerView:
    """What the dealer's records say.

    `available` counts the staff of a role who are present and not on leave; a role without a staff record is absent
    or None, which is unknown. `tables` holds the dealer's overrides, as `validate_tables` accepts them, `topic_roles`
    who gets a topic instead of the role that the playbook names.
    """

    time_zone: str
    has_business_development_centre: bool = False
    available: Mapping[str, int | None] = field(default_factory=dict)
    tables: Mapping[str, object] = field(default_factory=dict)
    topic_roles: Mapping[str, str] = field(default_factory=dict)


@fast_dataclass(frozen=True, slots=True)
class FactTrace:
    """One fact a condition looked at. `value` and `layer` are None when no layer knows it."""

    path: str
    value: FactValue | None
    layer: Layer | None


@fast_dataclass(frozen=True, slots=True)
class ConditionTrace:
    """How one condition came out; `met` is None when a fact it needs is unknown."""

    condition_id: str
    met: bool | None
    facts: tuple[FactTrace, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The paths nobody knows."""
        return tuple(fact.path for fact in self.facts if fact.value is None)


@fast_dataclass(frozen=True, slots=True)
class Because:
    """A machine-readable reason; `because_text` puts it into words."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@fast_dataclass(frozen=True, slots=True)
class MergeKey:
    """What makes two firings one record within a case (routing step 8).

    `parties` is the receiver of a deliver or reminder, the two roles of an interact in alphabetical order.
    """

    matter: str
    kind: Kind
    parties: tuple[str, ...]
    named_person: str | None = None
    manual: bool = False

    def __str__(self) -> str:
        tail = f"{BY_HAND}{self.named_person or ''}" if self.manual else ""
        return f"{self.matter}|{self.kind}|{'+'.join(self.parties)}{tail}"


@fast_dataclass(frozen=True, slots=True)
class NewRecord:
    """A task to create: the entry, what it mirrors within the event, and its class."""

    entry: str
    kind: Kind
    mode: str
    matter: str
    from_role: str
    to_role: str
    mirrors: tuple[str, ...] = ()
    hops: tuple[Hop, ...] = ()

    @property
    def key(self) -> MergeKey:
        """The class of the record within its case."""
        return class_key(self.matter, self.kind, self.from_role, self.to_role)


@fast_dataclass(frozen=True, slots=True)
class Decision:
    """What one arrow, or one occurrence without an arrow, came to.

    `record` is set exactly where a task is to be created. A merged decision names the open task (`merges_into`) or,
    when the record is created by this same routing, its entry (`merges_entry`); so does an owner decision that joins.
    """

    occurrence: str | None
    entry: str | None
    outcome: Outcome
    because: Because
    activity: str | None = None
    conditions: tuple[ConditionTrace, ...] = ()
    source: str | None = None
    playbook_version: str = ""
    to_role: str | None = None
    record: NewRecord | None = None
    key: MergeKey | None = None
    merges_into: str | None = None
    merges_entry: str | None = None


@fast_dataclass(frozen=True, slots=True)
class Suggestion:
    """An entry offered to a person and not created; `missing` are the facts that would have decided it."""

    entry: str
    to_role: str
    because: Because
    missing: tuple[str, ...] = ()


@fast_dataclass(frozen=True, slots=True)
class Routing:
    """The answer for one event or one link of a chain. `inferred` tells whether `occurrences` were inferred."""

    observer: str
    occurrences: tuple[str, ...]
    inferred: bool
    decisions: tuple[Decision, ...]
    suggestions: tuple[Suggestion, ...]


@fast_dataclass(frozen=True, slots=True)
class AcceptedTask:
    """A deliver just accepted for the first time; `earlier_givers` gave it on before, in this same chain."""

    task_id: str
    entry: str
    kind: Kind
    mode: str
    giver: str
    receiver: str
    earlier_givers: tuple[str, ...] = ()


def class_key(
    matter: str, kind: Kind, from_role: str, to_role: str, *, manual: bool = False, named_person: str | None = None
) -> MergeKey:
    """The class of a record: one is open per case and key. Manual ones are apart by receiver and named person."""
    parties = tuple(sorted((from_role, to_role))) if kind == "interact" else (to_role,)
    return MergeKey(matter, kind, parties, named_person, manual)
