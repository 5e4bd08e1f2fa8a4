"""What the records on the tasks topic hold: the change of a task, and the task as it left it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from shared.languages.registry import language_codes
from shared.lifecycle import WAIT_REASONS, Priority, Recorded
from shared.lifecycle.types import Status
from shared.messaging.field_types import ConditionId, Entry, FactPath, Id, Mode, Occurrence, Own, Role
from shared.playbook.types import Kind, Layer
from shared.sla.store.documents import ShortTimer

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Language = str
    WaitReason = str
else:
    Language = Literal[language_codes()]
    WaitReason = Literal[WAIT_REASONS]


class FactSeen(TypedDict):
    """A fact a condition looked at: its path, its value, and the layer that knew it; null where none did."""

    path: FactPath
    value: bool | int | str | list[str] | None
    layer: Layer | None


class ConditionSeen(TypedDict):
    """How a condition came out; `met` is null when a fact it needs is unknown."""

    id: ConditionId
    met: bool | None
    facts: list[FactSeen]


class Why(TypedDict):
    """Why the task is there, all of it left out where no event and no page stand for it. `source`: file and line."""

    occurrence: NotRequired[Occurrence | None]
    conditions: NotRequired[list[ConditionSeen]]
    source: NotRequired[str | None]


class Chain(TypedDict):
    """The roles that handed over before in the same chain, and the role the task was given to; each may be left out."""

    givers: NotRequired[list[Role]]
    reassigned_role: NotRequired[Role]


class TaskFields(TypedDict):
    """What a task says of itself in every document, by the names of its own members.

    `from_role` hands over to `to_role`; `mirrors` are entries that joined it.
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


class TaskTold(TaskFields):
    """A task without packet and contact, in no one language: `titles` by language.

    `locale` is for readers who name no language, `fallback_locale` for those of one without a title. `timers` are its
    own and its case's. `from_role` hands over to `to_role`; `mirrors` are entries that joined it.
    """

    titles: Annotated[dict[Language, str], Field(json_schema_extra={"required": list(language_codes())})]
    locale: Language
    fallback_locale: NotRequired[Language]
    why: Why
    timers: list[ShortTimer]


class Before(TypedDict):
    """Where the task was before the change; all null when it was made."""

    offered_to: Id | None
    assignee_id: Id | None
    to_role: Role | None


class TaskChange(TypedDict):
    """What happened, by whom (null: by Handoff itself), from where to where."""

    action: Recorded
    at: datetime
    by: Id | None
    from_status: Status | None
    to_status: Status
    before: Before
    reason: str | None
    outcome: str | None


class TaskRecord(TypedDict):
    """A change of a task, and the task as it left it. `type` is the record's own, as in its header.

    `followers`: who is told of it though the task is none of theirs, as the salesperson of record is of a serious
    problem; left out where nobody is.
    """

    type: str
    change: TaskChange
    task: TaskTold
    chain: Chain
    followers: NotRequired[list[Id]]
