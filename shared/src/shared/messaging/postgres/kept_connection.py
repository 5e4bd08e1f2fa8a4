"""A connection that one user keeps to itself: its locks, its settings and what it listens to belong to the session."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import Database
from shared.db.prepared import Prepared, Row, driver_of

_ANSWER_WITHIN: Final = 30
CLOSED_WITHIN: Final = 1
"""Real seconds that the end of a session may take, in which nobody need answer."""


@asynccontextmanager
async def kept_connection(database: Database, broken: asyncio.Event) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool, each statement its own transaction; closed at the end, not given back.

    Sets `broken` at once when it breaks.
    """
    async with database.engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        driver = await driver_of(connection)
        driver.add_termination_listener(lambda _driver: broken.set())
        try:
            yield connection
        finally:
            with suppress(Exception):
                async with asyncio.timeout(CLOSED_WITHIN):
                    await driver.close()
            await connection.invalidate()


async def run(connection: AsyncConnection, statement: Prepared, **values: Any) -> Sequence[Row]:
    """The rows of a statement. Raises TimeoutError when the server does not answer in time."""
    async with asyncio.timeout(_ANSWER_WITHIN):
        return await statement.rows(connection, values)
