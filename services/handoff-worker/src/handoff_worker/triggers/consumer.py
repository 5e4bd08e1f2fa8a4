"""The worker as a consumer of the dates of time rules: the scheduler publishes that they have come."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.handlers import handler_of
from handoff_worker.triggers.reschedule import place_customers
from handoff_worker.triggers.trigger_handler import TriggerContext, TriggerHandler
from handoff_worker.triggers.trigger_subjects import load_subjects
from shared.clock import Clock
from shared.db.engine import lock_keys
from shared.messaging.bus import CONTACT_RECORDED, Record
from shared.messaging.consumer import Consumer
from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.due_subjects import TIMER_DUE, DueSubject, read_due
from shared.sla.store.policies import load_policies
from shared.vocabulary import JOURNEY_TOPIC, SLA_TOPIC

NAME: Final = "handoff-worker-triggers"
_TOPICS: Final = (JOURNEY_TOPIC, SLA_TOPIC)
_SAME_DAY: Final = timedelta(hours=12)
AT_ONCE: Final = 100
"""Records of a transaction: enough to share statements, few enough that customers are not locked for long."""


class TriggersConsumer:
    """Makes the events, tasks and next triggers of time rules whose date has come."""

    def __init__(self, playbook: Playbook, clock: Clock) -> None:
        self._playbook = playbook
        self._clock = clock

    def consumer(self) -> Consumer:
        """Describe what it reads and under which name."""
        return Consumer(NAME, _TOPICS, (TIMER_DUE, CONTACT_RECORDED), self.handle, at_once=AT_ONCE)

    async def handle(self, connection: AsyncConnection, records: Sequence[Record]) -> None:
        """Store the effect of some records, all or none; all locks are taken at once, in their order.

        A contact moves what counts from it, and is seen when that comes; only one told of late moves it at once.
        """
        due = [
            one for record in records if record.type == TIMER_DUE and (one := read_due(record.data)).kind == "trigger"
        ]
        late = {(one.dealer_id, one.data["customer_id"]): one.key for one in records if _is_late(one)}
        handled = _by_handler(due)
        if not handled and not late:
            return
        now = max([self._clock(), *(one.fire_at for one in due)])
        context = TriggerContext(connection, self._playbook, now)
        keys = {*late.values(), *(one.key for _, some in handled for one in some)}
        for handler, some in handled:
            keys |= await handler.more_keys(context, some)
        await lock_keys(connection, keys)
        for handler, some in handled:
            await handler.fire(context, some)
        customers = await load_subjects(connection, "customer", late)
        policies = await load_policies(connection, {one.dealer_id for one in customers.values()})
        await place_customers(connection, list(customers.values()), policies, now, days_too=False)


def _is_late(record: Record) -> bool:
    """Whether a contact is told of so late that what counts from it may be due before it is looked at again."""
    return record.type == CONTACT_RECORDED and record.time - datetime.fromisoformat(record.data["at"]) > _SAME_DAY


def _by_handler(due: Sequence[DueSubject]) -> list[tuple[TriggerHandler, list[DueSubject]]]:
    """What is due by its handler and name, in order; a rule that is not known any more does nothing."""
    names: dict[str, list[DueSubject]] = defaultdict(list)
    for one in due:
        names[one.cause].append(one)
    found = ((handler_of(name), some) for name, some in names.items())
    return [(handler, some) for handler, some in found if handler is not None]
