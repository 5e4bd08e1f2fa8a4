"""What queries read, as the server's statistics count it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Executable, text

from shared.db.engine import Database


@asynccontextmanager
async def planned_for_good(like: Database) -> AsyncIterator[Database]:
    """The same database over one connection, whose statements are planned once, whatever their values."""
    one = Database(like.engine.url.render_as_string(hide_password=False), pool_size=1)
    try:
        async with one.transaction() as connection:
            await connection.execute(text("select set_config('plan_cache_mode', 'force_generic_plan', false)"))
        yield one
    finally:
        await one.close()


async def read_so_far(database: Database, counted: Executable) -> int:
    """What the query counts, with all that this connection has read before."""
    async with database.transaction() as connection:
        await connection.execute(text("select pg_stat_force_next_flush()"))
    async with database.transaction() as connection:
        return int(await connection.scalar(counted) or 0)
