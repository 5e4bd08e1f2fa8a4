"""The notifier as a consumer: what it reads, and who handles it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.consumers.case_followers import ONLY_FOLLOWED, is_followed
from notifier.consumers.contact_events import needs_handling, on_contacts
from notifier.consumers.due_messages import asks_for_message, on_due
from notifier.consumers.journey_events import load_notifying, may_owe, on_journey_events
from notifier.consumers.promise_events import MADE, MOVED, may_be_told, on_promise_events
from notifier.consumers.sla_events import on_sla_events
from notifier.consumers.task_events import on_task_events
from notifier.consumers.tragic_moments import on_tragic_moments
from notifier.context import ChannelConfig, NotifierContext
from notifier.notifications.store import publish_pending
from shared.clock import Clock, real_now
from shared.messaging.bus import CONTACT_RECORDED, JOURNEY_STEP, Record
from shared.messaging.consumer import Consumer
from shared.messaging.moment_events import TRAGIC_MOMENT
from shared.people.merged_customers import lock_records
from shared.sla.store.due_subjects import TIMER_DUE
from shared.vocabulary import JOURNEY_TOPIC, SLA_TOPIC, TASKS_TOPIC

NAME: Final = "notifier"
AT_ONCE: Final = 100
"""Records of a transaction: clocks and customers it locks wait for all of them."""
PATIENT: Final = frozenset({JOURNEY_STEP})
"""Most events owe nothing themselves, and a message about one waits for its case: the worker is let go first."""
_TOPICS: Final = (JOURNEY_TOPIC, TASKS_TOPIC, SLA_TOPIC)
_PROMISES: Final = "promises"
_HANDLERS: Final = {
    CONTACT_RECORDED: on_contacts,
    TRAGIC_MOMENT: on_tragic_moments,
    TASKS_TOPIC: on_task_events,
    SLA_TOPIC: on_sla_events,
    _PROMISES: on_promise_events,
    TIMER_DUE: on_due,
}
"""By what records tell of: their type on the journey topic, promises, dates of rules, else their topic."""
_TASK_CHANGES: Final = (
    "offered",
    "accepted",
    "acknowledged",
    "declined",
    "completed",
    "cancelled",
    "reassigned",
    *ONLY_FOLLOWED,
)
_FOR_FOLLOWERS: Final = frozenset(f"handoff.task.{change}.v1" for change in ONLY_FOLLOWED)
_CLOCK_EVENTS: Final = ("warning", "breached", "escalated")


@dataclass(frozen=True, slots=True)
class NotifierConsumer:
    """Handles records with the means there are; `real_clock` schedules attempts."""

    config: ChannelConfig
    clock: Clock
    real_clock: Clock = real_now

    def consumer(self) -> Consumer:
        """What it reads and how it is known."""
        types = {JOURNEY_STEP, CONTACT_RECORDED, TRAGIC_MOMENT, MADE, MOVED, TIMER_DUE}
        types |= {f"handoff.task.{change}.v1" for change in _TASK_CHANGES}
        types |= {f"handoff.sla.{event}.v1" for event in _CLOCK_EVENTS}
        return Consumer(NAME, _TOPICS, types, self.handle, at_once=AT_ONCE, wants=_wants)

    async def handle(self, connection: AsyncConnection, records: Sequence[Record]) -> None:
        """Plan what these records ask to be said; takes the locks of the customers they may be said to.

        An event or contact of which nothing follows takes none: the worker, which handles it at the same time, need
        not be waited for.
        """
        context = NotifierContext(connection, self.config, self.clock(), self.real_clock(), pending_events=[])
        notifying = await load_notifying(context, [record for record in records if record.type == JOURNEY_STEP])
        relevant = [record for record in records if _matters(record, notifying)]
        relevant = await lock_records(connection, relevant)
        for kind, some in groupby(relevant, key=_kind):
            if kind == JOURNEY_STEP:
                await on_journey_events(context, [notifying[record.event_id or ""] for record in some])
            else:
                await _HANDLERS[kind](context, list(some))
        await publish_pending(context)


def _kind(record: Record) -> str:
    if record.type in (MADE, MOVED):
        return _PROMISES
    return record.type if record.topic == JOURNEY_TOPIC or record.type == TIMER_DUE else record.topic


def _wants(record: Record) -> bool:
    """Whether anybody could be told: of most events nobody is, of some changes only those who follow the case."""
    if record.type == JOURNEY_STEP:
        return may_owe(record)
    return record.type not in _FOR_FOLLOWERS or is_followed(record)


def _matters(record: Record, notifying: Collection[str]) -> bool:
    if record.type == JOURNEY_STEP:
        return record.event_id in notifying
    if record.type in (MADE, MOVED):
        return may_be_told(record)
    if record.type == TIMER_DUE:
        return asks_for_message(record)
    return record.type != CONTACT_RECORDED or needs_handling(record)
