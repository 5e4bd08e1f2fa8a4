"""The stored facts a timeline tells, and the lines they become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]
Who = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `who`: role, staff_id and name, None for Handoff itself; `ids` as the contract names.

    `because` is the reason in words, None where there is none to give. `order` tells it from the others of its instant:
    what comes first of one instant, the kind of stored fact it is made of, that fact's id, its number among its lines.
    """

    at: datetime
    kind: str
    text: str
    who: Who | None
    because: str | None
    ids: Mapping[str, Any] = field(default_factory=dict)
    order: tuple[int, int, str, int] = (0, 0, "", 0)

    @property
    def place(self) -> tuple[datetime, int, int, str, int]:
        """Where it stands in the timeline."""
        return self.at, *self.order

    def document(self) -> dict[str, Any]:
        """The line as the contract shows it."""
        return {
            "at": self.at,
            "kind": self.kind,
            "text": self.text,
            "who": dict(self.who) if self.who else None,
            "because": self.because,
            **self.ids,
        }


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """The stored rows a timeline is made of, each as its table names its columns.

    `events` carry what routing made of them; `task_events` the entry, roles and chain of their task, and as
    `now_offered_to` whom it is offered to now; `timer_events` the rule, target, due time and owner of their timer;
    `promises` are the history of promises with what was promised; `notifications` carry their `attempts`; `people`
    names by staff id; `instants` when what moves clocks happened, by the id a clock calls it by.
    """

    events: Sequence[Row] = ()
    task_events: Sequence[Row] = ()
    timer_events: Sequence[Row] = ()
    notifications: Sequence[Row] = ()
    contacts: Sequence[Row] = ()
    messages: Sequence[Row] = ()
    comments: Sequence[Row] = ()
    promises: Sequence[Row] = ()
    case_status_changes: Sequence[Row] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    instants: Mapping[str, datetime] = field(default_factory=dict)


def person(staff_id: str | None, facts: StoredFacts, role: str | None) -> Who | None:
    """Who is meant by a person's id, in a role, or by the role alone; None for neither."""
    if staff_id is None and role is None:
        return None
    return {"role": role, "staff_id": staff_id, "name": facts.people.get(staff_id or "")}
