"""The values of the task machine: a task, who acts, what is asked, what comes of it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Final, Literal

from shared.fast_dataclass import fast_dataclass, fast_replace
from shared.faults import Fault, FaultCode, Unknown
from shared.playbook.routing.case_owner import Owner
from shared.playbook.types import BY_HAND, Kind
from shared.vocabulary import OPEN_STATUSES

Status = Literal["offered", "accepted", "waiting", "completed", "open", "acknowledged", "cancelled"]
Priority = Literal["urgent", "high", "normal"]
PersonAction = Literal["accept", "decline", "acknowledge", "wait", "resume", "complete", "reassign", "cancel"]
SystemAction = Literal["silence", "resume_due", "close", "call_off"]
Action = Literal[PersonAction, SystemAction]
Recorded = Literal[
    "created",
    "offered",
    "accepted",
    "declined",
    "waiting",
    "resumed",
    "completed",
    "cancelled",
    "reassigned",
    "acknowledged",
    "updated",
]
"""What a change is called in the history, in the feed and in the type of its record."""

KINDS: Final = ("deliver", "interact", "reminder")
PERSON_ACTIONS: Final = ("accept", "decline", "acknowledge", "wait", "resume", "complete", "reassign", "cancel")
DECLINE_REASONS: Final = ("busy", "not_my_skill", "conflict", "other_department", "absent")
WAIT_REASONS: Final = ("customer", "parts", "third_party", "internal")
ASKED_AGAIN_REASONS: Final = frozenset({"busy", "absent"})
"""Declining for one of these, a person is asked once more, after all others."""

CLOSE_LOOP: Final = "CLOSE-LOOP"
"""The entry of the reminder to tell the customer what another role has done."""

MESSAGE_TASKS: Final = frozenset({"CALL", "LETTER", "UNREACHABLE"})
"""The entries of reminders that stand for a message no machine can send; no decision of an event makes them."""

SILENCE: Final = "silence"
REASSIGNED: Final = "reassigned"
CASE_CLOSED: Final = "case_closed"
CUSTOMER_ANSWERED: Final = "customer_answered"
"""The outcome that says the customer has the answer; completing with it records the contact."""


UNAUTHORISED: Final = "unauthorised"
"""The reason noted of a completion that was forced past a gate."""


@fast_dataclass(frozen=True, slots=True)
class Offer:
    """The state of a task's offers. `cycle` numbers them; each has its own acceptance clock.

    `excluded`: who declined, and why; `asked_again`: who was asked once more after declining busy or absent; `named`:
    the present offer was made to a person by name; `to_lead`: it is the role lead's, who cannot decline.
    """

    cycle: int = 0
    excluded: Mapping[str, str] = field(default_factory=dict)
    asked_again: tuple[str, ...] = ()
    named: bool = False
    to_lead: bool = False

    def document(self) -> dict[str, Any]:
        """As stored."""
        return {
            "cycle": self.cycle,
            "excluded": dict(self.excluded),
            "asked_again": list(self.asked_again),
            "named": self.named,
            "to_lead": self.to_lead,
        }


def read_offer(document: Mapping[str, Any]) -> Offer:
    """The offers of a stored document; of an empty one, none yet."""
    known = {"asked_again": tuple(document.get("asked_again", ()))}
    return Offer(**{**document, **known}) if document else Offer()


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as stored. `due_at`: the earliest running due time of its own and its case's clocks.

    `chain`: the roles that handed over before it in the same chain, and `reassigned_to` once it was given to another
    role. `why` and `packet` hold ids and playbook facts, never personal words.
    """

    task_id: str
    dealer_id: str
    customer_id: str | None
    case_id: str | None
    event_id: str | None
    entry: str
    mirrors: tuple[str, ...]
    kind: Kind
    mode: str
    matter: str
    merge_key: str
    priority: Priority
    from_role: str
    to_role: str
    status: Status
    created_at: datetime
    updated_at: datetime
    offered_to: str | None = None
    assignee_id: str | None = None
    started_by: str | None = None
    named_person: str | None = None
    reassigned_from: str | None = None
    why: Mapping[str, Any] = field(default_factory=dict)
    packet: Mapping[str, Any] = field(default_factory=dict)
    offer: Offer = Offer()
    chain: Mapping[str, Any] = field(default_factory=dict)
    waiting_until: datetime | None = None
    waiting_reason: str | None = None
    outcome: str | None = None
    due_at: datetime | None = None
    first_accepted_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it may still change."""
        return self.status in OPEN_STATUSES

    @property
    def manual(self) -> bool:
        """Whether a person started it from a manual arrow."""
        return BY_HAND in self.merge_key

    @property
    def holder(self) -> str | None:
        """The person it is held by, else offered to."""
        return self.assignee_id or self.offered_to


@fast_dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `leads`: the roles the person leads, also as their manager where nobody is named lead.

    `staff_id` None is the product itself; `key_id` the key that spoke.
    """

    staff_id: str | None = None
    roles: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    key_id: str | None = None


SYSTEM: Final = Actor()


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is asked of a task, in the contract's words. `cycle`: the offer that ran out, for `silence`.

    `force`: complete it past a gate.
    """

    action: Action
    reason: str | None = None
    outcome: str | None = None
    until: datetime | None = None
    to_staff_id: str | None = None
    to_role: str | None = None
    note: str | None = None
    cycle: int | None = None
    force: bool = False


@fast_dataclass(frozen=True, slots=True)
class LastAct:
    """The latest thing a person did to the task."""

    action: Recorded
    by: str


@fast_dataclass(frozen=True, slots=True)
class Receiver:
    """The person a task is to go to by name."""

    staff_id: str
    roles: frozenset[str]
    leads: frozenset[str]


@fast_dataclass(frozen=True, slots=True)
class Context:
    """What a transition reads besides the task: its case's customer owner, the latest act, the named receiver.

    `gate`: the time rule that keeps the task from being completed.
    """

    customer_owner: Owner | None = None
    last: LastAct | None = None
    receiver: Receiver | None = None
    gate: str | None = None


Follow = Literal["offer_next", "offer_named", "other_role", "drop"]
"""What a change asks for next: an offer to the next candidate, to the person named, a task for another role, or, for
a manual task its named person declined, its cancellation."""


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A task as a change left it, and what goes into its history."""

    before: Task
    task: Task
    action: Recorded
    at: datetime
    by: str | None = None
    reason: str | None = None
    outcome: str | None = None
    note: str | None = None
    event_id: str | None = None
    entry: str | None = None
    key_id: str | None = None
    follow: Follow | None = None


@fast_dataclass(frozen=True, slots=True)
class Unchanged:
    """The same person asked for the same again: nothing changes."""

    task: Task


class Refused(Exception):
    """The state or the person does not allow it; `code` is bad_state, gated, not_in_role or not_yours (409)."""

    def __init__(self, code: Literal["bad_state", "gated", "not_in_role", "not_yours"], detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Invalid(Exception):
    """What was asked makes no sense, whatever the state (422); the fault's pointer leads into the body."""

    def __init__(self, pointer: str, code: FaultCode, detail: str, unknown: Unknown | None = None) -> None:
        super().__init__(detail)
        self.fault = Fault(pointer, code, detail, unknown=unknown)


def changed(task: Task, now: datetime, **values: Any) -> Task:
    """The task's next version."""
    return fast_replace(task, updated_at=now, version=task.version + 1, **values)
