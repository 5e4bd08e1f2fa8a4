"""Reading the outbox in the order of its commits, by the difference of two snapshots.

Row numbers are given at the insert, rows become visible at the commit; so a number never tells that nothing is
missing below it. A snapshot does: each reading takes what became visible since the one before, in the order of the
numbers. One reader per consumer at a time, under an advisory lock of the very connection that reads and stores the
position: who lost the lock can do neither.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import Database
from shared.messaging.bus import BATCH
from shared.messaging.outbox import WAKE_UP
from shared.messaging.postgres import statements as sql
from shared.messaging.postgres.consumer_offset import Position, snapshot_end, snapshot_running

POLL: Final = timedelta(seconds=10)
_LOCK_POLL: Final = timedelta(milliseconds=250)
_ANSWER_WITHIN: Final = 30
_STORE_WITHIN: Final = 5
"""Real seconds in which small batches share one storing of the position: what comes again after a crash is known as
handled, while each storing is a commit of its own."""
_IDLE_STORE: Final = 60
"""Real seconds after which a quiet stretch is noted too, so that the next start has little to look through."""
_CLOSED_WITHIN: Final = 1
_LOCK_SPACE: Final = 7001

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads what.

    Without `types` every type is read. `poll` is how soon a record is found when its wake-up call was lost, `at_once`
    the most records of a batch.
    """

    consumer: str
    topics: Sequence[str]
    types: Collection[str] | None = None
    poll: timedelta = POLL
    at_once: int = BATCH

    def asked(self) -> dict[str, Any]:
        """The parameters of the statements that read."""
        types = None if self.types is None else sorted(self.types)
        return {"topics": list(self.topics), "types": types, "limit": self.at_once}


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it lies in the outbox: like a `Record`, but its data still the text of a JSON object."""

    topic: str
    key: str
    dealer_id: str
    id: str
    type: str
    source: str
    time: datetime
    text: str
    event_id: str | None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """Records in the order of their keys; `waited` is how long the oldest of them lay unread, in real time."""

    records: Sequence[StoredRecord] = ()
    waited: timedelta = timedelta(0)


@asynccontextmanager
async def reading_outbox(database: Database, reading: Reading) -> AsyncIterator["OutboxReader"]:
    """A reader; it receives nothing while another of the same name has the turn. Holds a connection of the pool."""
    async with database.engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        woken = asyncio.Event()
        try:
            await connection.execute(sql.SESSION)
            await driver.add_listener(WAKE_UP, partial(_wake, woken, reading))
            # a look at once tells that the connection is gone
            driver.add_termination_listener(lambda _: woken.set())
            reader = OutboxReader(connection, reading, woken)
            yield reader
            # who was stopped in the midst of a statement has no connection any more: what is not stored comes again
            with suppress(Exception):
                await reader.close()
        finally:
            # closed, not given back: lock, listener and settings belong to the session
            with suppress(Exception):
                await driver.close(timeout=_CLOSED_WITHIN)
            await connection.invalidate()


def _wake(woken: asyncio.Event, reading: Reading, _driver: object, _pid: int, _channel: str, hint: str) -> None:
    """A hint that names a topic and a type wakes only their readers; one that names none wakes all."""
    topic, _, named = hint.partition(" ")
    if not topic or (topic in reading.topics and (reading.types is None or named in reading.types)):
        woken.set()


class OutboxReader:
    """A reader of the outbox under one consumer's name."""

    def __init__(self, connection: AsyncConnection, reading: Reading, woken: asyncio.Event) -> None:
        self._connection = connection
        self._reading = reading
        self._woken = woken
        self._identity: Mapping[str, Any] = {}
        self._position: Position | None = None
        self._handled: Position | None = None
        self._full = self._unstored = False
        self._stored_at = self._look_at = asyncio.get_running_loop().time()

    async def receive(self, max_wait: timedelta) -> StoredBatch:
        """The next records; empty when none came in time or another reader has the turn."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + max_wait.total_seconds()
        while True:
            if (self._woken.is_set() or loop.time() >= self._look_at) and (rows := await self._look()):
                return StoredBatch(tuple(map(_record, rows)), max(row.waited for row in rows))
            if (remaining := deadline - loop.time()) <= 0:
                return StoredBatch()
            await self._rest(min(self._look_at - loop.time(), remaining))

    async def _look(self) -> Sequence[Row[Any]]:
        """The next rows. After a full batch the next look follows at once, else it waits for a hint, or for its time.

        What commits after this look hints at itself. A reader without the turn looks for that alone.
        """
        self._woken.clear()
        rows: Sequence[Row[Any]] = ()
        pause = self._reading.poll
        if self._position is None and not await self._take_lock():
            pause = _LOCK_POLL
        elif rows := await self._read():
            self._full = len(rows) == self._reading.at_once
            pause = timedelta(0) if self._full else pause
        else:
            self._handled = self._position
        self._look_at = asyncio.get_running_loop().time() + pause.total_seconds()
        return rows

    async def store_position(self) -> None:
        """Promise that everything received is handled. Stored at once after a full batch, else within seconds."""
        self._handled, self._unstored = self._position, self._position is not None
        await self._store_if_due(0 if self._full else _STORE_WITHIN)

    async def close(self) -> None:
        """Store what is handled and not stored yet."""
        if self._unstored:
            async with asyncio.timeout(_CLOSED_WITHIN):
                await self._store_if_due(0)

    async def _rest(self, seconds: float) -> None:
        await self._store_if_due(_STORE_WITHIN if self._unstored else _IDLE_STORE)
        if self._unstored:
            seconds = min(seconds, self._stored_at + _STORE_WITHIN - asyncio.get_running_loop().time())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _store_if_due(self, after: float) -> None:
        now = asyncio.get_running_loop().time()
        if self._handled is None or now - self._stored_at < after:
            return
        await self._run(sql.STORE, consumer=self._reading.consumer, snapshot=self._handled.text(), **self._identity)
        self._stored_at, self._unstored = now, False

    async def _take_lock(self) -> bool:
        if not (await self._run(sql.TAKE_LOCK, space=_LOCK_SPACE, consumer=self._reading.consumer))[0][0]:
            return False
        (stored_position,) = await self._run(sql.POSITION, consumer=self._reading.consumer)
        self._identity = {"system": stored_position.present_system, "timeline": stored_position.present_timeline}
        self._position = _resume(stored_position)
        _log.info("reading_from", consumer=self._reading.consumer, position=self._position.text())
        return True

    async def _read(self) -> Sequence[Row[Any]]:
        """The next rows of the difference under way; else of the one between then and now."""
        assert self._position is not None
        if self._position.target:
            rows = await self._remainder(self._position)
            if rows:
                return rows
        return await self._difference(self._position)

    async def _difference(self, position: Position) -> Sequence[Row[Any]]:
        rows = await self._run(
            sql.DIFFERENCE,
            seen_end=str(snapshot_end(position.seen)),
            seen_running=snapshot_running(position.seen),
            **self._reading.asked(),
        )
        return self._advance(position, rows)

    async def _remainder(self, position: Position) -> Sequence[Row[Any]]:
        rows = await self._run(
            sql.REMAINDER,
            seen=position.seen,
            target=position.target,
            after=position.after,
            restored=position.restored,
            **self._reading.asked(),
        )
        return self._advance(position, rows)

    def _advance(self, position: Position, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        target = rows[0].target
        found = [row for row in rows if row.seq is not None]
        if len(found) < self._reading.at_once:
            self._position = position.finish(target)
        else:
            self._position = position.begin(target, found[-1].seq)
        return found

    async def _run(self, statement: Executable, **values: Any) -> Sequence[Row[Any]]:
        async with asyncio.timeout(_ANSWER_WITHIN):
            result = await self._connection.execute(statement, values)
        return result.all() if result.returns_rows else ()


def _resume(stored_position: Row[Any]) -> Position:
    """The stored position, or the oldest retained row where it was stored on another server or none is."""
    anew = Position.anew(stored_position.present, stored_position.last)
    if stored_position.snapshot is None:
        return anew
    same_server = (stored_position.system_identifier, stored_position.timeline) == (
        stored_position.present_system,
        stored_position.present_timeline,
    )
    position = Position.parse(stored_position.snapshot)
    return position if same_server and not position.ahead_of(stored_position.present) else anew


def _record(row: Row[Any]) -> StoredRecord:
    return StoredRecord(
        row.topic,
        row.key,
        row.dealer_id,
        row.record_id,
        row.type,
        row.source,
        row.occurred_at,
        row.text,
        row.event_id,
        row.seq,
    )
