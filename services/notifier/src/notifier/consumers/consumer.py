"""The notifier as a consumer: what it hears, and who makes something of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.consumers.journey_events import hear_events, load_owing
from notifier.consumers.sla_events import hear_clocks
from notifier.consumers.task_events import hear_tasks
from notifier.context import Desk, Means
from notifier.notifications.store import tell_said
from shared.clock import Clock, real_now
from shared.db.engine import lock_keys
from shared.messaging.bus import JOURNEY_STEP, Record
from shared.messaging.consumer import Consumer
from shared.vocabulary import JOURNEY_TOPIC, SLA_TOPIC, TASKS_TOPIC

NAME: Final = "notifier"
AT_ONCE: Final = 100
"""Records of a transaction: clocks and customers it locks wait for all of them."""
_HEAR: Final = {TASKS_TOPIC: hear_tasks, SLA_TOPIC: hear_clocks}
_TASK_CHANGES: Final = (
    "offered",
    "accepted",
    "acknowledged",
    "declined",
    "completed",
    "cancelled",
    "reassigned",
)
_CLOCK_EVENTS: Final = ("warning", "breached", "escalated")


@dataclass(frozen=True, slots=True)
class Hearing:
    """Handles records with the means there are; `real_clock` schedules attempts."""

    means: Means
    clock: Clock
    real_clock: Clock = real_now

    def consumer(self) -> Consumer:
        """What it reads and how it is known."""
        types = {JOURNEY_STEP}
        types |= {f"handoff.task.{change}.v1" for change in _TASK_CHANGES}
        types |= {f"handoff.sla.{event}.v1" for event in _CLOCK_EVENTS}
        return Consumer(NAME, (JOURNEY_TOPIC, *_HEAR), types, self.handle, at_once=AT_ONCE)

    async def handle(self, connection: AsyncConnection, records: Sequence[Record]) -> None:
        """Plan what these records ask to be said; takes the locks of the customers they may be said to.

        An event that owes nothing takes none: the worker, which hears of it at the same time, need not be waited for.
        """
        desk = Desk(connection, self.means, self.clock(), self.real_clock(), said=[])
        owing = await load_owing(desk, [record for record in records if record.topic == JOURNEY_TOPIC])
        told = [record for record in records if record.topic != JOURNEY_TOPIC or record.event_id in owing]
        await lock_keys(connection, [record.key for record in told])
        for topic, some in groupby(told, key=lambda record: record.topic):
            if topic == JOURNEY_TOPIC:
                await hear_events(desk, [owing[record.event_id or ""] for record in some])
            else:
                await _HEAR[topic](desk, list(some))
        await tell_said(desk)
