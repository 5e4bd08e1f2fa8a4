"""Every type of record there is, by the vocabulary of whoever makes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from journey_api.docs.event_schemas.schemas import JOURNEY_STEP_SHAPE
from shared.lifecycle import Recorded
from shared.messaging.bus import CONTACT_RECORDED, JOURNEY_STEP, dead_topic
from shared.messaging.contact_events import ContactRecorded
from shared.messaging.dead_letters import DEAD_TYPE, DeadRecord
from shared.messaging.moment_events import TRAGIC_MOMENT, TragicMoment
from shared.messaging.notification_events import RECORDED, NotificationTold
from shared.promises.documents import PUBLISHED as PROMISES_PUBLISHED
from shared.promises.documents import PromiseTold
from shared.sla.deadlines import BREACH
from shared.sla.store.documents import PUBLISHED, TimerTold
from shared.sla.store.due_subjects import TIMER_DUE, DueTold
from shared.tasks.records import TaskRecord
from shared.vocabulary import BUS_TOPICS, JOURNEY_TOPIC, NOTIFICATIONS_TOPIC, SLA_TOPIC, TASKS_TOPIC

_TASKS: Final[Mapping[str, str]] = {
    "created": "A task was made.",
    "offered": "It was offered to a person.",
    "accepted": "A person took it.",
    "declined": "A person declined it, or let the offer run out (`reason` silence).",
    "waiting": "It waits for somebody else, until `waiting_until`.",
    "resumed": "The waiting is over.",
    "completed": "It is done.",
    "cancelled": "It is not needed any more.",
    "reassigned": "It was given to another person, or ended because another role got it (`chain.reassigned_role`).",
    "acknowledged": "A person took note of an interact.",
    "updated": "Another entry joined it, or its customer was merged into another.",
}
_CLOCKS: Final[Mapping[str, str]] = {
    "started": "A clock began.",
    "warning": "Part of its time is up.",
    "breached": "It is past due.",
    "met": "It was stopped in time.",
    "escalated": "The breach went on to the next step of its chain.",
    "cancelled": "It was withdrawn.",
    "corrected": "What was known of it changed: later news, or another policy.",
}
_PROMISES: Final[Mapping[str, str]] = {
    "made": "A customer was given a promise, or a moved one has this successor.",
    "kept": "It was kept.",
    "moved": "It ended with another date given to the customer: `successor_id`.",
    "broken": "Its date has passed.",
    "withdrawn": "It was taken back.",
}
_NOTIFICATIONS: Final[Mapping[str, str]] = {
    "queued": "A message is to be sent.",
    "held": "It waits for an hour at which it may be sent.",
    "sent": "A provider has taken it.",
    "delivered": "It has arrived, or a person has called or written.",
    "read": "It was read.",
    "failed": "This channel is given up.",
    "withdrawn": "It was taken back.",
}
_NOTHING: Final[Mapping[str, Any]] = {"type": "null"}
_FIRED: Final[Mapping[str, Mapping[str, Any]]] = {
    "warning": {"threshold": {"type": "string", "pattern": "^warning:"}},
    "breached": {"threshold": {"const": BREACH}},
    "escalated": {"threshold": {"type": "string", "pattern": r"^step:\d+\.\d+$"}, "step": {"type": "integer"}},
}


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of record, the topics it is published on, the name of its data's schema, and what narrows that for it."""

    type: str
    topics: tuple[str, ...]
    shape: str
    summary: str
    narrowed: Mapping[str, Any]


def record_types() -> tuple[RecordType, ...]:
    """Every type, topic by topic."""
    return tuple(_all_types())


def _all_types() -> Iterator[RecordType]:
    yield RecordType(JOURNEY_STEP, (JOURNEY_TOPIC,), JOURNEY_STEP_SHAPE, "A journey event was accepted.", {})
    recorded = "Something was said to or by a customer."
    yield RecordType(CONTACT_RECORDED, (JOURNEY_TOPIC,), ContactRecorded.__name__, recorded, {})
    tragic = "A moment of truth was tragic enough to be told of at once; Handoff itself tells, readers may ignore it."
    yield RecordType(TRAGIC_MOMENT, (JOURNEY_TOPIC,), TragicMoment.__name__, tragic, {})
    for action in get_args(Recorded):
        name = f"handoff.task.{action}.v1"
        yield RecordType(name, (TASKS_TOPIC,), TaskRecord.__name__, _TASKS[action], _of_task(name, action))
    for action in _in_order(_CLOCKS, PUBLISHED):
        name = f"handoff.sla.{action}.v1"
        yield RecordType(name, (SLA_TOPIC,), TimerTold.__name__, _CLOCKS[action], _of_clock(action))
    for action in PROMISES_PUBLISHED:
        narrowed = {"properties": {"state": {"const": str(action).replace("made", "open")}}}
        name = f"handoff.promise.{action}.v1"
        yield RecordType(name, (SLA_TOPIC,), PromiseTold.__name__, _PROMISES[action], narrowed)
    due = (
        "A wait has ended, a queue may be offered, a case may be idle, a moved promise is to be scored, or a date of a"
        " time rule has come."
    )
    yield RecordType(TIMER_DUE, (SLA_TOPIC,), DueTold.__name__, due, {})
    for status in _in_order(_NOTIFICATIONS, RECORDED):
        name, narrowed = f"handoff.notification.{status}.v1", {"properties": {"status": {"const": status}}}
        yield RecordType(name, (NOTIFICATIONS_TOPIC,), NotificationTold.__name__, _NOTIFICATIONS[status], narrowed)
    dead = tuple(dead_topic(topic) for topic in BUS_TOPICS)
    yield RecordType(DEAD_TYPE, dead, DeadRecord.__name__, "A consumer gave a record up.", {})


def _of_task(record_type: str, action: str) -> dict[str, Any]:
    before = {"type": "null" if action == "created" else "string"}
    change = {"action": {"const": action}, "from_status": before}
    return {"properties": {"type": {"const": record_type}, "change": {"properties": change}}}


def _of_clock(action: str) -> dict[str, Any]:
    return {"properties": {"threshold": _NOTHING, "step": _NOTHING, **_FIRED.get(action, {})}}


def _in_order(texts: Mapping[str, str], names: frozenset[Any]) -> list[str]:
    return sorted(names, key=list(texts).index)
