"""The PostgreSQL form of the transport: consumers read the outbox itself."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from pydantic_core import from_json

from shared.db.engine import Database
from shared.messaging.bus import Batch, Record
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.outbox_reader import POLL, OutboxReader, Reading, reading_outbox
from shared.messaging.postgres.stored_record import StoredRecord


class PostgresTransport:
    """Reads the outbox of a database. Every subscription holds one connection of its pool, and the listener wakes it.

    `poll` is how soon a record is found when its wake-up call was lost; records of `patient` types wait a moment for
    those that follow from them.
    """

    def __init__(
        self, database: Database, listener: NotifyListener, poll: timedelta = POLL, patient: Collection[str] = ()
    ) -> None:
        self._database = database
        self._listener = listener
        self._poll = poll
        self._patient = patient

    @asynccontextmanager
    async def subscribe(
        self, consumer: str, topics: Sequence[str], types: Collection[str] | None = None
    ) -> AsyncIterator["PostgresSubscription"]:
        """A reader under this name; it receives nothing while another has the turn."""
        reading = Reading(consumer, topics, types, self._poll, patient=self._patient)
        async with reading_outbox(self._database, reading, self._listener) as reader:
            yield PostgresSubscription(reader)


class PostgresSubscription:
    """A reader of the outbox under one consumer's name."""

    def __init__(self, reader: OutboxReader) -> None:
        self._reader = reader

    async def receive(self, max_wait: timedelta) -> Batch:
        """The next records; empty when none came in time or another reader has the turn."""
        found = await self._reader.receive(max_wait)
        return Batch(tuple(map(_record, found.records)), found.waited)

    async def store_position(self) -> None:
        """Store where the last received batch ended."""
        await self._reader.store_position()


def _record(stored: StoredRecord) -> Record:
    return Record(
        stored.topic,
        stored.key,
        stored.dealer_id,
        stored.id,
        stored.type,
        stored.source,
        stored.time,
        from_json(stored.text),
        stored.event_id,
        stored.seq,
    )
