"""Reading the outbox in the order of its commits, by the difference of two snapshots.

Row numbers are given at the insert, rows become visible at the commit; so a number never tells that nothing is
missing below it. A snapshot does: each reading takes what became visible since the one before, in the order of the
numbers. One reader per consumer at a time, under an advisory lock of the very connection that reads and stores the
position: who lost the lock can do neither.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import Database
from shared.db.prepared import Row
from shared.messaging.bus import BATCH
from shared.messaging.outbox import WAKE_UP
from shared.messaging.postgres import statements as sql
from shared.messaging.postgres.consumer_offset import Position, snapshot_end, snapshot_running
from shared.messaging.postgres.kept_connection import CLOSED_WITHIN, kept_connection, run
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.stored_position import StoredPosition
from shared.messaging.postgres.stored_record import StoredBatch, StoredRecord

POLL: Final = timedelta(seconds=10)
_LOCK_POLL: Final = timedelta(milliseconds=250)
_FOLLOWED_WITHIN: Final = 0.05
"""Real seconds in which a quiet installation has handled a record and published what follows from it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads what.

    Without `types` every type is read. Records of `patient` types wait a moment for those that follow from them: one
    look finds both. `poll` is how soon a record is found when its wake-up call was lost, `at_once` the most records of
    a batch.
    """

    consumer: str
    topics: Sequence[str]
    types: Collection[str] | None = None
    poll: timedelta = POLL
    at_once: int = BATCH
    patient: Collection[str] = ()

    def asked(self) -> dict[str, Any]:
        """The parameters of the statements that read."""
        types = None if self.types is None else sorted(self.types)
        return {"topics": list(self.topics), "types": types, "limit": self.at_once}


@asynccontextmanager
async def reading_outbox(
    database: Database, reading: Reading, listener: NotifyListener
) -> AsyncIterator["OutboxReader"]:
    """A reader; it receives nothing while another of the same name has the turn. Holds a connection of the pool.

    The listener wakes it; it is for others to run that.
    """
    call = _WakeUpCall(reading)
    # a look at once tells that the connection is gone
    async with kept_connection(database, broken=call.woken) as connection:
        await connection.execute(sql.SESSION)
        with listener.waking(WAKE_UP, call.take):
            reader = OutboxReader(connection, reading, call)
            yield reader
            # who was stopped in the midst of a statement has no connection any more: what is not stored comes again
            with suppress(Exception):
                await reader.close()


class _WakeUpCall:
    """Says when a reader has to look: `woken` is set at once, or in a moment if only a patient type has new records."""

    def __init__(self, reading: Reading) -> None:
        self.woken = asyncio.Event()
        self._reading = reading
        self._later: asyncio.TimerHandle | None = None

    def take(self, hint: str) -> None:
        """A hint that names a topic and a type wakes only their readers; one that names none wakes all."""
        topic, _, named = hint.partition(" ")
        if not topic or (self._reads(topic, named) and named not in self._reading.patient):
            self.woken.set()
        elif self._reads(topic, named) and self._later is None:
            self._later = asyncio.get_running_loop().call_later(_FOLLOWED_WITHIN, self.woken.set)

    def answer(self) -> None:
        """Forget the hints so far: a look begins, which finds what they are of."""
        self.woken.clear()
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _reads(self, topic: str, named: str) -> bool:
        return topic in self._reading.topics and (self._reading.types is None or named in self._reading.types)


class OutboxReader:
    """A reader of the outbox under one consumer's name."""

    def __init__(self, connection: AsyncConnection, reading: Reading, call: _WakeUpCall) -> None:
        self._connection = connection
        self._reading = reading
        self._call = call
        self._position = StoredPosition(connection, reading.consumer)
        self._full = False
        self._look_at = asyncio.get_running_loop().time()

    async def receive(self, max_wait: timedelta) -> StoredBatch:
        """The next records; empty when none came in time or another reader has the turn."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + max_wait.total_seconds()
        while True:
            if (self._call.woken.is_set() or loop.time() >= self._look_at) and (rows := await self._look()):
                return StoredBatch(tuple(map(StoredRecord.of, rows)), max(row.waited for row in rows))
            if (remaining := deadline - loop.time()) <= 0:
                return StoredBatch()
            await self._rest(min(self._look_at - loop.time(), remaining))

    async def _look(self) -> Sequence[Row]:
        """The next rows. After a full batch the next look follows at once, else it waits for a hint, or for its time.

        What commits after this look hints at itself. A reader without the turn looks for that alone.
        """
        self._call.answer()
        rows: Sequence[Row] = ()
        pause = self._reading.poll
        if self._position.reached is None and not await self._position.take_turn():
            pause = _LOCK_POLL
        elif rows := await self._read():
            self._full = len(rows) == self._reading.at_once
            pause = timedelta(0) if self._full else pause
        else:
            self._position.note_quiet()
        self._look_at = asyncio.get_running_loop().time() + pause.total_seconds()
        return rows

    async def store_position(self) -> None:
        """Promise that everything received is handled. Stored at once after a full batch, else within seconds."""
        self._position.note_handled()
        await (self._position.store() if self._full else self._position.store_if_due())

    async def close(self) -> None:
        """Store what is handled and not stored yet."""
        async with asyncio.timeout(CLOSED_WITHIN):
            await self._position.store_owed()

    async def _rest(self, seconds: float) -> None:
        await self._position.store_if_due()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, self._position.owed_in())):
                await self._call.woken.wait()

    async def _read(self) -> Sequence[Row]:
        """The next rows of the difference under way; else of the one between then and now."""
        assert self._position.reached is not None
        if self._position.reached.target and (rows := await self._remainder(self._position.reached)):
            return rows
        return await self._difference(self._position.reached)

    async def _difference(self, position: Position) -> Sequence[Row]:
        rows = await run(
            self._connection,
            sql.DIFFERENCE,
            seen_end=str(snapshot_end(position.seen)),
            seen_running=snapshot_running(position.seen),
            **self._reading.asked(),
        )
        return self._advance(position, rows)

    async def _remainder(self, position: Position) -> Sequence[Row]:
        rows = await run(
            self._connection,
            sql.REMAINDER,
            seen=position.seen,
            target=position.target,
            after=position.after,
            restored=position.restored,
            **self._reading.asked(),
        )
        return self._advance(position, rows)

    def _advance(self, position: Position, rows: Sequence[Row]) -> Sequence[Row]:
        target = rows[0].target
        found = [row for row in rows if row.seq is not None]
        if len(found) < self._reading.at_once:
            self._position.reached = position.finish(target)
        else:
            self._position.reached = position.begin(target, found[-1].seq)
        return found
