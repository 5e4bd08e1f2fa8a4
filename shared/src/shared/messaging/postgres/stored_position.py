"""The position that a consumer has stored: read with the turn, stored again when records have been handled."""

import asyncio
from collections.abc import Mapping
from math import inf
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Row
from shared.messaging.postgres import statements as sql
from shared.messaging.postgres.consumer_offset import Position
from shared.messaging.postgres.kept_connection import run

_STORE_WITHIN: Final = 5
"""Real seconds in which small batches share one storing of the position: what comes again after a crash is known as
handled, while each storing is a commit of its own."""
_IDLE_STORE: Final = 60
"""Real seconds after which a quiet stretch is noted too, so that the next start has little to look through."""
_LOCK_SPACE: Final = 7001

_log = structlog.get_logger()


class StoredPosition:
    """The position of a consumer, on the connection that holds its turn: who lost that lock can store nothing.

    `reached` is how far its reader has read, None until it has the turn.
    """

    def __init__(self, connection: AsyncConnection, consumer: str) -> None:
        self._connection = connection
        self._consumer = consumer
        self._identity: Mapping[str, Any] = {}
        self._handled: Position | None = None
        self._owed = False
        self._stored_at = asyncio.get_running_loop().time()
        self.reached: Position | None = None

    async def take_turn(self) -> bool:
        """Be the one reader of this consumer, where the last has left off; False while another is."""
        if not (await run(self._connection, sql.TAKE_LOCK, space=_LOCK_SPACE, consumer=self._consumer))[0][0]:
            return False
        (stored,) = await run(self._connection, sql.POSITION, consumer=self._consumer)
        self._identity = {"system": stored.present_system, "timeline": stored.present_timeline}
        self.reached = _resume(stored)
        _log.info("reading_from", consumer=self._consumer, position=self.reached.text())
        return True

    def note_handled(self) -> None:
        """All that was read is handled: it is to be stored within seconds."""
        self.note_quiet()
        self._owed = self._handled is not None

    def note_quiet(self) -> None:
        """Nothing came, so there is nothing to handle."""
        self._handled = self.reached

    def owed_in(self) -> float:
        """Real seconds until what is handled and not stored yet should be; infinite where there is nothing."""
        return self._due_in() if self._owed else inf

    async def store_if_due(self) -> None:
        """Store what is handled, if it is time."""
        if self._due_in() <= 0:
            await self.store()

    async def store_owed(self) -> None:
        """Store what has been handled and not been stored yet."""
        if self._owed:
            await self.store()

    async def store(self) -> None:
        """Store what is handled."""
        if self._handled is None:
            return
        now = asyncio.get_running_loop().time()
        values = {"consumer": self._consumer, "snapshot": self._handled.text(), **self._identity}
        await run(self._connection, sql.STORE, **values)
        self._stored_at, self._owed = now, False

    def _due_in(self) -> float:
        within = _STORE_WITHIN if self._owed else _IDLE_STORE
        return self._stored_at + within - asyncio.get_running_loop().time()


def _resume(stored: Row) -> Position:
    """The stored position, or the oldest retained row where it was stored on another server or none is."""
    anew = Position.anew(stored.present, stored.last)
    if stored.snapshot is None:
        return anew
    same_server = (stored.system_identifier, stored.timeline) == (stored.present_system, stored.present_timeline)
    position = Position.parse(stored.snapshot)
    return position if same_server and not position.ahead_of(stored.present) else anew
