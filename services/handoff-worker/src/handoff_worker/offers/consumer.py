"""The worker as a consumer of what is due: the scheduler fires it, and here it changes tasks, cases and promises."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.offers.expiry import BREACHED, expire_offers, is_expiry
from handoff_worker.offers.idle_cases import close_idle_cases
from handoff_worker.offers.promises import end_promises, is_broken_promise
from handoff_worker.offers.queues import find_queued, offer_queues
from handoff_worker.offers.waits import end_waits
from shared.clock import Clock
from shared.commands.change_calendars import bring_calendars_into_force
from shared.db.engine import lock_keys
from shared.messaging.bus import Record
from shared.messaging.consumer import Consumer
from shared.playbook.ruleset.entries import Playbook
from shared.promises.unit_of_work import PromiseChanges
from shared.sla.store.due_subjects import TIMER_DUE, DueSubject, Kind, read_due
from shared.tasks.unit_of_work import TaskChanges
from shared.vocabulary import SLA_TOPIC

NAME: Final = "handoff-worker-offers"
AT_ONCE: Final = 100
"""Records of a transaction: enough to share statements, few enough that customers are not locked for long."""


class OffersConsumer:
    """Does what time does to tasks, cases, promises and calendars."""

    def __init__(self, playbook: Playbook, clock: Clock) -> None:
        self._playbook = playbook
        self._clock = clock

    def consumer(self) -> Consumer:
        """Describe what it reads and under which name."""
        return Consumer(NAME, (SLA_TOPIC,), (BREACHED, TIMER_DUE), self.handle, at_once=AT_ONCE)

    async def handle(self, connection: AsyncConnection, records: Sequence[Record]) -> None:
        """Store the effect of some records, all or none.

        All locks are taken at once, those of the queues' customers too, so that nobody is waited for in a circle.
        """
        expired = [record for record in records if is_expiry(record)]
        breached = [record for record in records if is_broken_promise(record)]
        due = [read_due(record.data) for record in records if record.type == TIMER_DUE]
        now = max([self._clock(), *(one.fire_at for one in due), *(record.time for record in breached)])
        calendars = _of_kind(due, "calendar")
        await bring_calendars_into_force(connection, {one.dealer_id for one in calendars}, now)
        queues = await find_queued(connection, [*_of_kind(due, "queue"), *calendars], now)
        concerned = [record for record in records if record.type == TIMER_DUE] + expired + breached
        keys = [record.key for record in concerned]
        await lock_keys(connection, [*keys, *(key for one in queues for key in one.keys)])
        # people are read anew: what they hold may have changed while the locks were waited for
        changes = TaskChanges(connection, self._playbook, now)
        await expire_offers(changes, expired)
        await end_waits(changes, _of_kind(due, "wait"))
        await close_idle_cases(changes, _of_kind(due, "idle_case"))
        await offer_queues(changes, queues)
        await changes.publish()
        promises = PromiseChanges(connection, now)
        await end_promises(promises, breached, _of_kind(due, "promise"))
        await promises.publish()


def _of_kind(due: Sequence[DueSubject], kind: Kind) -> list[DueSubject]:
    return [one for one in due if one.kind == kind]
