"""The data of records on the tasks topic: the change, and the task as it left it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from journey_api.docs.event_schemas.clocks import ShortTimer
from journey_api.docs.event_schemas.parts import ConditionId, Entry, FactPath, Mode, Own, Shape
from journey_api.http.field_types import Id, Occurrence, Role
from shared.lifecycle import WAIT_REASONS, Priority, Recorded
from shared.lifecycle.types import Status
from shared.playbook.ruleset.texts import LANGUAGES
from shared.playbook.types import Kind, Layer

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Language = str
    WaitReason = str
else:
    Language = Literal[LANGUAGES]
    WaitReason = Literal[WAIT_REASONS]


class FactSeen(Shape):
    """A fact a condition looked at: its path, its value, and the layer that knew it; null where none did."""

    path: FactPath
    value: bool | int | str | list[str] | None
    layer: Layer | None


class ConditionSeen(Shape):
    """How a condition came out; `met` is null when a fact it needs is unknown."""

    id: ConditionId
    met: bool | None
    facts: list[FactSeen]


class Why(Shape):
    """Why the task is there, all of it left out where no event and no page stand for it. `source`: file and line."""

    occurrence: Occurrence | None = None
    conditions: Annotated[list[ConditionSeen], Field(default_factory=list)]
    source: str | None = None


class TaskTold(Shape):
    """A task without packet and contact, in no one language: `titles` by language, `locale` the dealer's.

    `timers` are its own and its case's. `from_role` hands over to `to_role`; `mirrors` are entries that joined it.
    """

    task_id: Own
    dealer_id: Id
    customer_id: Id | None
    case_id: Id | None
    event_id: Own | None
    entry: Entry
    mirrors: list[Entry]
    kind: Kind
    mode: Mode
    matter: str
    priority: Priority
    from_role: Role
    to_role: Role
    offered_to: Id | None
    assignee_id: Id | None
    started_by: Id | None
    reassigned_from: Own | None
    status: Status
    outcome: str | None
    waiting_until: datetime | None
    waiting_reason: WaitReason | None
    created_at: datetime
    updated_at: datetime
    version: Annotated[int, Field(ge=1)]
    titles: Annotated[dict[Language, str], Field(json_schema_extra={"required": list(LANGUAGES)})]
    locale: Language
    why: Why
    timers: list[ShortTimer]


class Before(Shape):
    """Where the task was before the change; all null when it was made."""

    offered_to: Id | None
    assignee_id: Id | None
    to_role: Role | None


class TaskChange(Shape):
    """What happened, by whom (null: by Handoff itself), from where to where."""

    action: Recorded
    at: datetime
    by: Id | None
    from_status: Status | None
    to_status: Status
    before: Before
    reason: str | None
    outcome: str | None


class Chain(Shape):
    """The roles that handed over before in the same chain, and the role the task was given to; each may be left out."""

    givers: Annotated[list[Role], Field(default_factory=list)]
    reassigned_role: Role = ""  # never so in a record


class TaskRecord(Shape):
    """A change of a task, and the task as it left it. `type` is the record's own, as in its header."""

    type: str
    change: TaskChange
    task: TaskTold
    chain: Chain


def narrow(record_type: str, action: str) -> dict[str, Any]:
    """What holds of the data of one type only."""
    before = {"type": "null" if action == "created" else "string"}
    change = {"action": {"const": action}, "from_status": before}
    return {"properties": {"type": {"const": record_type}, "change": {"properties": change}}}
