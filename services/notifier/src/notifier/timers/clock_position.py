"""How far domain time has come."""

from sqlalchemy import update

from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import clock_anchor


async def keep_clock_seen(database: Database, clock: Clock) -> None:
    """Store how far domain time has come; no later start begins before it."""
    now = clock()
    async with database.look() as connection:
        await connection.execute(update(clock_anchor).where(clock_anchor.c.seen_at < now).values(seen_at=now))
