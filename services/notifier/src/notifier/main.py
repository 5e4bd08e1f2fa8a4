"""Composition root of the notifier: topic consumer, scheduler, dispatch, periodic jobs."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from notifier.channels import open_channels
from notifier.channels.channel import Channel
from notifier.consumers.consumer import PATIENT, NotifierConsumer
from notifier.context import ChannelConfig
from notifier.delivery.provider_receipts import apply_receipts
from notifier.delivery.unconfirmed import ConfirmationTimeouts
from notifier.dispatch.dispatcher import Dispatcher
from notifier.due_probe import DueProbe
from notifier.planning.deferred import release_held
from notifier.planning.staff_messages import plan_staff_messages
from notifier.settings import NotifierSettings
from notifier.timers.breach_series import BreachSeries
from notifier.timers.clock_position import keep_clock_seen
from notifier.timers.scheduler import TimerScheduler
from shared.clock import Clock, clock_from, real_now
from shared.db.engine import EVERY_DEALER, Database, read_anchor
from shared.messaging.bus import Transport
from shared.messaging.consumer import ConsumerLoop
from shared.messaging.factory import open_transport
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.pg_notify import DUE, RECEIPTS, SENDERS, STAFF_MESSAGES
from shared.messaging.postgres.transport import PostgresTransport
from shared.playbook.ruleset.loader import playbook
from shared.process.health import Health, database_checks
from shared.process.periodic import SECOND, Job, JobLoop, periodic
from shared.process.runner import Parts, run_service
from shared.process.shutdown import Loop

SERVICE = "notifier"
_FALLBACK: Final = 60 * SECOND
"""How often the jobs that the due probe wakes look for themselves."""


def loops_of(
    database: Database,
    clock: Clock,
    channels: Mapping[str, Channel],
    listener: NotifyListener,
    rate: float = 1.0,
    public_url: str = "",
    transport: Transport | None = None,
    real_clock: Clock = real_now,
    reply_domain: str = "",
) -> Mapping[str, Loop]:
    """Everything the notifier does, by name. Without a transport it reads the outbox, woken by the listener.

    `real_clock` is what attempts, retries and leases follow.
    """
    opened = transport or PostgresTransport(database, listener, patient=PATIENT)
    config = ChannelConfig(playbook(), frozenset(channels), public_url, reply_domain)
    consumer = NotifierConsumer(config, clock, real_clock).consumer()
    ticker, due_probe = TimerScheduler(database, clock, rate), DueProbe(database, clock, real_clock, rate)
    dispatcher = Dispatcher(database, channels, config, clock, real_clock, wake=due_probe.attempts, idle=_FALLBACK)
    listener.set_on(
        {
            DUE: ticker.wake,
            SENDERS: dispatcher.wake,
            RECEIPTS: due_probe.receipts,
            STAFF_MESSAGES: due_probe.staff_messages,
        }
    )
    return {
        "consumer": ConsumerLoop(opened, database, clock, consumer),
        "tick": JobLoop("tick", ticker.run, ticker.fire_due),
        "dispatch": JobLoop("dispatch", dispatcher.run, dispatcher.send_due),
        "notify_listener": listener.run,
        "due_probe": JobLoop("due_probe", due_probe.run, due_probe.check),
        **_probed_jobs(database, channels, config, clock, real_clock, due_probe),
        "breach_series": periodic(60 * SECOND, "breach_series", BreachSeries(database).begin),
        "clock_seen": periodic(5 * SECOND, "clock_seen", partial(keep_clock_seen, database, clock)),
    }


def _probed_jobs(
    database: Database,
    channels: Mapping[str, Channel],
    config: ChannelConfig,
    clock: Clock,
    real_clock: Clock,
    probe: DueProbe,
) -> Mapping[str, Loop]:
    """The jobs that the due probe wakes, by name."""
    parts = database, config, clock, real_clock
    timeouts = ConfirmationTimeouts(database, channels, config, clock, real_clock)
    return {
        "receipts": periodic(_FALLBACK, "receipts", partial(apply_receipts, *parts), probe.receipts),
        "unconfirmed": _on_demand("unconfirmed", timeouts.expire, probe.unconfirmed),
        "held": _on_demand("held", partial(release_held, *parts), probe.held),
        "staff_messages": _on_demand("staff_messages", partial(plan_staff_messages, *parts), probe.staff_messages),
    }


def _on_demand(name: str, job: Job, wake: asyncio.Event) -> JobLoop:
    return periodic(_FALLBACK, name, job, wake, repeat=False)


@asynccontextmanager
async def _parts(settings: NotifierSettings, _stop: asyncio.Event) -> AsyncIterator[Parts]:
    database = Database(settings.database_address(), name=SERVICE, sees=EVERY_DEALER, plan_once=True)
    try:
        anchor = await read_anchor(database)
        clock = clock_from(anchor)
        channels = open_channels(settings, clock)
        try:
            rate = anchor.rate if anchor else 1.0
            listener = NotifyListener(database)
            opened = open_transport(settings, database, listener, PATIENT)
            loops = loops_of(
                database,
                clock,
                channels,
                listener,
                rate,
                settings.public_url,
                opened.transport,
                reply_domain=settings.reply_domain,
            )
            yield Parts(Health({**database_checks(database), **opened.checks}), loops=loops)
        finally:
            for channel in channels.values():
                await channel.close()
    finally:
        await database.close()


def main() -> None:
    """The process `python -m notifier`: works until SIGTERM."""
    run_service(SERVICE, NotifierSettings, _parts)
