"""The database of the settings, or the embedded one, for commands that work on what is stored."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from handoff_local.errors import CommandFailed, reason_of_driver
from shared.clock import clock_from
from shared.db.engine import Database, read_anchor
from shared.db.schema import dealer
from shared.process.settings import Settings


@asynccontextmanager
async def stored(dealer_id: str | None) -> AsyncIterator[tuple[Database, datetime]]:
    """The database and the domain time now. Raises CommandFailed where it fails, or has no such dealer."""
    try:
        database = Database(Settings().database_address(), pool_size=1, longest="0")
    except (RuntimeError, ValueError) as error:
        raise CommandFailed(str(error)) from None
    try:
        now = clock_from(await read_anchor(database))()
        await _check_dealer(database, dealer_id)
        yield database, now
    except (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError, LookupError) as error:
        raise CommandFailed(reason_of_driver(error)) from None
    finally:
        await database.close()


async def _check_dealer(database: Database, dealer_id: str | None) -> None:
    """A dealer that is not there has nothing to be found."""
    if dealer_id is None:
        return
    async with database.transaction() as connection:
        known = await connection.scalar(select(dealer.c.dealer_id).where(dealer.c.dealer_id == dealer_id))
    if known is None:
        raise CommandFailed(f"there is no dealer {dealer_id}")
