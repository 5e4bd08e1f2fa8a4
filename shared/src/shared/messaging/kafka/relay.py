"""The relay: passes every record of the outbox on to Kafka, in order, one relay at a time."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from shared.db.engine import Database
from shared.messaging.bus import IDLE_DELAY, dead_topic
from shared.messaging.kafka.producer import Outgoing
from shared.messaging.kafka.settings import Kafka
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.outbox_reader import OutboxReader, Reading, reading_outbox
from shared.process import telemetry
from shared.process.error_text import reason_of
from shared.process.failpoints import failpoint
from shared.process.health import OK
from shared.process.shutdown import growing_delays, pause, unless_stopped
from shared.process.transient_errors import is_outage
from shared.vocabulary import BUS_TOPICS

RELAY: Final = "relay"
"""The name under which it reads the outbox; whoever has that turn is the relay, all others stand by."""
RELAYED_TOPICS: Final = (*BUS_TOPICS, *map(dead_topic, BUS_TOPICS))

AT_ONCE: Final = 2_000
"""Records acknowledged together: enough that a relay beside a busy reader keeps up, though it seldom has its turn."""

_READING: Final = Reading(RELAY, RELAYED_TOPICS, at_once=AT_ONCE)
_MAX_WAIT: Final = timedelta(milliseconds=500)
_LONGEST_DELAY: Final = timedelta(seconds=2)

_log = structlog.get_logger()


class Relay:
    """Publishes the outbox to Kafka, at least once.

    It reads as any consumer of the PostgreSQL transport does: its position is stored after the brokers acknowledged a
    whole batch, so what a crash or a fault leaves unacknowledged is published again, beginning with the oldest. On the
    topic the first occurrences of a key's records are therefore in the order of their commits, whatever happens;
    repeats are absorbed by the consumers' inbox. While the brokers are away records stay in the outbox.
    """

    def __init__(self, database: Database, kafka: Kafka, listener: NotifyListener) -> None:
        self._database = database
        self._listener = listener
        self._outgoing = Outgoing(kafka)
        self._state = OK

    async def run(self, stop: asyncio.Event) -> None:
        """Relay, or stand by while another does, until asked to stop."""
        delays = growing_delays(longest=_LONGEST_DELAY)
        try:
            while not stop.is_set():
                try:
                    async with reading_outbox(self._database, _READING, self._listener) as reader:
                        while not stop.is_set():
                            passed_on = await self._pass_on(reader, stop)
                            delays = growing_delays(longest=_LONGEST_DELAY)
                            if 0 < passed_on < AT_ONCE:
                                await pause(stop, IDLE_DELAY)
                except Exception as error:
                    if not is_outage(error):
                        raise
                    await self._begin_anew(error)
                    await pause(stop, next(delays))
        finally:
            await self._outgoing.close()

    async def check(self) -> str:
        """For readiness: whether the last batch got through."""
        return self._state

    async def _pass_on(self, reader: OutboxReader, stop: asyncio.Event) -> int:
        batch = await unless_stopped(stop, reader.receive(_MAX_WAIT))
        if batch is None:
            return 0
        telemetry.relay_lag_seconds.set(batch.waited.total_seconds())
        if batch.records:
            published = await self._outgoing.publish(batch.records)
            failpoint("relay.before_position")
            await reader.store_position()
            telemetry.relay_records_total.labels("relayed").inc(published)
            telemetry.relay_records_total.labels("too_large").inc(len(batch.records) - published)
        self._state = OK
        return len(batch.records)

    async def _begin_anew(self, error: Exception) -> None:
        self._state = f"relay: {type(error).__name__}"
        _log.warning("relay_interrupted", error=reason_of(error))
        await self._outgoing.abandon()
