"""The process: hears records, fires clocks, sends messages, keeps house."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from notifier.auditor import audit
from notifier.channels import open_channels
from notifier.dispatch import Dispatcher
from notifier.firing import Ticker
from notifier.hearing import Hearing
from notifier.held import release_held
from notifier.housekeeping import (
    SECOND,
    Chore,
    close_idle_cases,
    every,
    keep_clock_seen,
    offer_queues,
    once,
    resume_waits,
)
from notifier.inbound import Acknowledging
from notifier.lookout import Lookout
from notifier.means import Means
from notifier.proofs import ProofsOfContact
from notifier.receipts import apply_receipts
from notifier.sending import Channel
from notifier.silence import Listener
from notifier.speaking import plan_spoken
from shared.clock import Clock, clock_from, real_now
from shared.database import Database, read_anchor
from shared.health import Health, database_checks
from shared.messaging.bus import Transport
from shared.messaging.consuming import consume
from shared.messaging.opening import open_transport
from shared.messaging.postgres import PostgresTransport
from shared.messaging.retention import keep_pruned
from shared.running import Parts, run_service
from shared.settings import Settings
from shared.stopping import Loop
from shared.wakeups import RECEIPTS, SENDERS, listen

SERVICE = "notifier"
_FALLBACK: Final = 10 * SECOND
"""How often the chores that the lookout wakes look for themselves."""


def loops_of(
    database: Database,
    clock: Clock,
    channels: Mapping[str, Channel],
    rate: float = 1.0,
    public_url: str = "",
    transport: Transport | None = None,
) -> Mapping[str, Loop]:
    """Everything the notifier does, by name. Without a transport it hears records from the outbox itself."""
    means = Means(frozenset(channels), public_url)
    consumer = Hearing(means, clock).consumer()
    dispatcher = Dispatcher(database, channels, means, clock)
    lookout = Lookout(database, clock)

    async def audit_now() -> None:
        await audit(database, clock(), real_now(), rate)

    def woken(name: str, chore: Chore, wake: asyncio.Event) -> Loop:
        return every(_FALLBACK, name, once(chore), wake)

    return {
        "hearing": partial(consume, transport or PostgresTransport(database), database, clock, consumer),
        "tick": Ticker(database, clock, rate).run,
        "dispatch": dispatcher.run,
        "bells": partial(listen, database, {SENDERS: dispatcher.wake, RECEIPTS: lookout.receipts}),
        "receipts": every(
            _FALLBACK, "receipts", partial(apply_receipts, database, means, clock, real_now), lookout.receipts
        ),
        "lookout": every(SECOND / 4, "lookout", lookout.look),
        "silence": woken("silence", Listener(database, channels, means, clock).give_up_silent, lookout.silence),
        "proofs": every(SECOND, "proofs", ProofsOfContact(database, means, clock).take_up),
        "held": woken("held", partial(release_held, database, means, clock, real_now), lookout.held),
        "speaking": woken("speaking", partial(plan_spoken, database, means, clock, real_now), lookout.speaking),
        "contacts": every(SECOND, "contacts", Acknowledging(database, means, clock).take_up),
        "waits": woken("waits", partial(resume_waits, database, clock), lookout.waits),
        "queues": every(2 * SECOND, "queues", partial(offer_queues, database, clock)),
        "idle_cases": every(timedelta(minutes=1), "idle_cases", partial(close_idle_cases, database, clock)),
        "clock_seen": every(5 * SECOND, "clock_seen", partial(keep_clock_seen, database, clock)),
        "audit": every(timedelta(minutes=1), "audit", audit_now),
        "retention": partial(keep_pruned, database),
    }


@asynccontextmanager
async def _parts(settings: Settings, _stop: asyncio.Event) -> AsyncIterator[Parts]:
    database = Database(settings.database_address())
    try:
        anchor = await read_anchor(database)
        clock = clock_from(anchor)
        channels = open_channels(settings, clock)
        try:
            rate = anchor.rate if anchor else 1.0
            opened = open_transport(settings, database)
            loops = loops_of(database, clock, channels, rate, settings.public_url, opened.transport)
            yield Parts(Health({**database_checks(database), **opened.checks}), loops=loops)
        finally:
            for channel in channels.values():
                await channel.close()
    finally:
        await database.close()


def main() -> None:
    """The process `python -m notifier`: works until SIGTERM."""
    run_service(SERVICE, _parts)
