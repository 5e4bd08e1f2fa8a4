"""What the worker does with a batch of records: events are routed, acceptances and completions followed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.routing.batch_context import load_batch_context
from handoff_worker.routing.batches import split_by_key
from handoff_worker.routing.follow_tasks import ACCEPTED, COMPLETED, handle_task_change
from handoff_worker.routing.locked_records import lock_and_read
from handoff_worker.routing.route_events import EventRouter
from handoff_worker.routing.store import store_dead
from handoff_worker.triggers.reschedule import place_customers
from shared.cases.journey_events import StoredEvent, load_events
from shared.clock import Clock
from shared.db.write_group import written_together
from shared.messaging.bus import JOURNEY_STEP, Record
from shared.messaging.consumer import Consumer
from shared.messaging.moments_due import due_of_event, note_due
from shared.playbook.ruleset.entries import Playbook
from shared.vocabulary import JOURNEY_TOPIC, TASKS_TOPIC

NAME: Final = "handoff-worker"
AT_ONCE: Final = 100
"""Records of a transaction: enough to share statements, few enough that customers are not locked for long."""


class Worker:
    """Applies the playbook to what happens. One customer's records are handled in order, many customers' at once.

    `noted` is set when there are moments to judge, just before the commit.
    """

    def __init__(self, playbook: Playbook, clock: Clock, noted: asyncio.Event) -> None:
        self._playbook = playbook
        self._clock = clock
        self._noted = noted

    def consumer(self) -> Consumer:
        """The worker as a reader of the journey and the tasks."""
        return Consumer(
            name=NAME,
            topics=(JOURNEY_TOPIC, TASKS_TOPIC),
            types=(JOURNEY_STEP, ACCEPTED, COMPLETED),
            handle=self.handle,
            on_dead=self.on_dead,
            at_once=AT_ONCE,
        )

    async def handle(self, connection: AsyncConnection, records: Sequence[Record]) -> None:
        """Store the effect of some records, all or none."""
        now = self._clock()
        records, events = await lock_and_read(connection, records)
        context = await load_batch_context(connection, self._playbook, events.values(), now)
        waves = list(split_by_key(records))
        router: EventRouter | None = None
        for place, wave in enumerate(waves):
            router = router or EventRouter(connection, context, _of_journey(waves[place:], events), now)
            await router.route(_of_journey([wave], events))
            work = [record for record in wave if record.topic == TASKS_TOPIC]
            if work:
                async with written_together(connection):
                    await router.write()
                router = None
            for record in work:
                await handle_task_change(connection, self._playbook, record, now)
        async with written_together(connection):
            await place_customers(connection, context.unscheduled, context.policies, now, days_too=True)
            if router is not None:
                await router.write()
        self._noted.set()

    async def on_dead(self, connection: AsyncConnection, record: Record, reason: str) -> None:
        """Show an event that could not be routed as dead, with its reason; one that is not there cannot be shown."""
        if record.topic != JOURNEY_TOPIC:
            return
        for event in (await load_events(connection, {record.event_id or ""})).values():
            await store_dead(connection, event, reason, self._playbook.version, self._clock())
            due = due_of_event(event.event_id, event.dealer_id, event.customer_id, None)
            await note_due(connection, [due] if due else [])


def _of_journey(waves: Sequence[Sequence[Record]], events: Mapping[str, StoredEvent]) -> list[StoredEvent]:
    return [events[one.event_id or ""] for wave in waves for one in wave if one.topic == JOURNEY_TOPIC]
