"""The worker as a consumer of the dates of time rules: the scheduler publishes that they have come."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.rules import TRIGGERS
from handoff_worker.triggers.turns import Trigger
from shared.clock import Clock
from shared.db.engine import lock_keys
from shared.messaging.bus import Record
from shared.messaging.consumer import Consumer
from shared.sla.store.due_subjects import TIMER_DUE, DueSubject, read_due
from shared.vocabulary import SLA_TOPIC

NAME: Final = "handoff-worker-triggers"
AT_ONCE: Final = 100
"""Records of a transaction: enough to share statements, few enough that customers are not locked for long."""


class TriggersConsumer:
    """Makes the events, tasks and next turns of time rules whose date has come."""

    def __init__(self, clock: Clock, triggers: Mapping[str, Trigger] = TRIGGERS) -> None:
        self._clock = clock
        self._triggers = triggers

    def consumer(self) -> Consumer:
        """Describe what it reads and under which name."""
        return Consumer(NAME, (SLA_TOPIC,), (TIMER_DUE,), self.handle, at_once=AT_ONCE)

    async def handle(self, connection: AsyncConnection, records: Sequence[Record]) -> None:
        """Store the effect of some records, all or none; all locks are taken at once, in their order.

        A rule that is not known any more does nothing.
        """
        due = [one for record in records if (one := read_due(record.data)).kind == "trigger"]
        turns: dict[str, list[DueSubject]] = defaultdict(list)
        for one in due:
            if one.cause in self._triggers:
                turns[one.cause].append(one)
        if not turns:
            return
        now = max([self._clock(), *(one.fire_at for one in due)])
        keys = {one.key for some in turns.values() for one in some}
        for name, some in turns.items():
            keys |= await self._triggers[name].more_keys(connection, some, now)
        await lock_keys(connection, keys)
        for name, some in turns.items():
            await self._triggers[name].fire(connection, some, now)
