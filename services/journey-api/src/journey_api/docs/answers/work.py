"""Tasks, cases and contacts as they are answered."""

from datetime import datetime
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from journey_api.intake.event_facts import Facts
from journey_api.intake.event_models import Intake
from journey_api.tasks.checklists import ChecklistItem
from shared.promises.documents import PromiseDocument
from shared.quality.experience import Experience
from shared.sla.store.documents import ShortTimer
from shared.tasks.records import FactSeen, TaskChange, TaskFields


class ConditionShown(TypedDict):
    """How a condition came out, in words; `met` is null when a fact it needs is unknown."""

    id: str
    text: str
    met: bool | None
    facts: list[FactSeen]


class WhyShown(TypedDict):
    """Why a task is there; what no event or page stands for is null."""

    occurrence: str | None
    conditions: list[ConditionShown]
    source: str | None


class WayToCustomer(TypedDict):
    """How the customer is reached just now; an address the caller may not see shows its ends only."""

    channel: str | None
    address: str | None
    allowed_now: bool
    because: str


class VehicleKnown(TypedDict):
    """What is known of the vehicle; what is not is left out. Days are `YYYY-MM-DD`."""

    vin: NotRequired[str]
    plate: NotRequired[str]
    model: NotRequired[str]
    delivered_on: NotRequired[str]
    registered_on: NotRequired[str]
    warranty_until: NotRequired[str]


class SeenBy(TypedDict):
    """Who saw it: a role, and the person where one was named."""

    role: str
    staff_id: NotRequired[str]


class EventOfHistory(TypedDict):
    """An event in the history of a packet."""

    type: Literal["event"]
    at: datetime
    event_id: str
    step: int | None
    occurrences: list[str]
    topics: list[str]
    channel: str | None
    observed_by: SeenBy | None
    note: str | None


class ContactOfHistory(TypedDict):
    """A contact in the history of a packet."""

    type: Literal["contact"]
    at: datetime
    direction: Literal["inbound", "outbound"]
    channel: str
    kind: str | None
    outcome: str | None
    staff_id: str | None
    text: str | None


class NoteOfHistory(TypedDict):
    """What a person noted when acting on the task."""

    type: Literal["note"]
    at: datetime
    by: str | None
    action: str
    note: str


class Packet(TypedDict):
    """What the receiver must not ask again; `missing` names what nobody gave, `experience` how she was treated."""

    topics: list[str]
    facts: Facts
    intake: Intake
    vehicle: VehicleKnown
    history: list[EventOfHistory | ContactOfHistory | NoteOfHistory]
    missing: list[str]
    promises: list[PromiseDocument]
    experience: Experience | None


class ShownWords(TypedDict):
    """Words for people in the reader's language; `due` is the rule of the running clock that is due first."""

    customer: str | None
    vehicle: str | None
    offered_to: str | None
    assignee: str | None
    from_role: str | None
    to_role: str | None
    due_at: str | None
    due: str | None


class TaskOfCase(TaskFields):
    """A task as its case and the feed show it."""

    title: str
    why: WhyShown
    timers: list[ShortTimer]


class TaskShown(TaskOfCase):
    """A task."""

    packet: Packet
    contact: WayToCustomer | None
    checklist: list[ChecklistItem]
    shown: ShownWords


class TaskList(TypedDict):
    """Tasks; `feed_cursor` is where the feed goes on from this list."""

    items: list[TaskShown]
    next_cursor: str | None
    feed_cursor: str


class FeedRecord(TypedDict):
    """The data of a record of the task feed: what changed, and the task as the change left it."""

    type: str
    change: TaskChange
    task: TaskOfCase


class WhereBefore(TypedDict, total=False):
    """Where a task was before a change; empty when it was made."""

    offered_to: str | None
    assignee_id: str | None
    to_role: str | None


class TaskStep(TypedDict):
    """A change of a task as its history tells it."""

    at: datetime
    action: str
    by: str | None
    from_status: str | None
    to_status: str
    before: WhereBefore
    reason: str | None
    outcome: str | None
    note: str | None
    event_id: str | None
    entry: str | None
    key_id: str | None


class PersonOfRole(TypedDict):
    """A role, and the person where there is one."""

    role: str
    staff_id: str | None


class ContactOfCase(TypedDict):
    """Something said to or by the customer."""

    contact_id: str
    task_id: str | None
    direction: Literal["inbound", "outbound"]
    channel: str
    at: datetime
    staff_id: str | None
    kind: str | None
    outcome: str | None
    options: int | None
    text: str | None
    automatic: bool


class ContactShown(ContactOfCase):
    """A contact that was recorded."""

    dealer_id: str
    customer_id: str
    case_id: str | None


class CommentShown(TypedDict):
    """A remark on a case."""

    comment_id: str
    case_id: str
    staff_id: str
    text: str
    at: datetime


class CaseShown(TypedDict):
    """A case whole."""

    case_id: str
    dealer_id: str
    customer_id: str | None
    vehicle: VehicleKnown
    topics: list[str]
    facts: Facts
    status: Literal["open", "closed"]
    customer_owner: PersonOfRole | None
    opened_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    version: int
    tasks: list[TaskOfCase]
    timers: list[ShortTimer]
    promises: list[PromiseDocument]
    contacts: list[ContactOfCase]
    comments: list[CommentShown]
