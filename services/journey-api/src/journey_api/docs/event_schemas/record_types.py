"""Every type of record there is, by the vocabulary of whoever makes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from journey_api.docs.event_schemas import clocks, notifications, tasks
from journey_api.docs.event_schemas.contacts import ContactRecorded
from journey_api.docs.event_schemas.dead_letters import DeadRecord
from journey_api.docs.event_schemas.schemas import JOURNEY_STEP_SHAPE
from shared.lifecycle import Recorded
from shared.messaging.bus import CONTACT_RECORDED, JOURNEY_STEP, dead_topic
from shared.messaging.dead_letters import DEAD_TYPE
from shared.messaging.notification_events import RECORDED
from shared.sla.store.documents import TOLD
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
    "updated": "Another entry joined it.",
}
_CLOCKS: Final[Mapping[str, str]] = {
    "started": "A clock began.",
    "warning": "Part of its time is up.",
    "breached": "It is past due.",
    "met": "It was stopped in time.",
    "escalated": "The breach went on to the next rung of its chain.",
    "cancelled": "It was withdrawn.",
    "corrected": "What was known of it changed: later news, or another policy.",
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
    for action in get_args(Recorded):
        name = f"handoff.task.{action}.v1"
        yield RecordType(name, (TASKS_TOPIC,), tasks.TaskRecord.__name__, _TASKS[action], tasks.narrow(name, action))
    for action in _in_order(_CLOCKS, TOLD):
        name = f"handoff.sla.{action}.v1"
        yield RecordType(name, (SLA_TOPIC,), clocks.TimerTold.__name__, _CLOCKS[action], clocks.narrow(action))
    for status in _in_order(_NOTIFICATIONS, RECORDED):
        name, narrowed = f"handoff.notification.{status}.v1", notifications.narrow(status)
        yield RecordType(
            name, (NOTIFICATIONS_TOPIC,), notifications.NotificationTold.__name__, _NOTIFICATIONS[status], narrowed
        )
    dead = tuple(dead_topic(topic) for topic in BUS_TOPICS)
    yield RecordType(DEAD_TYPE, dead, DeadRecord.__name__, "A consumer gave a record up.", {})


def _in_order(texts: Mapping[str, str], names: frozenset[Any]) -> list[str]:
    return sorted(names, key=list(texts).index)
