"""The sessions of the database that listen for hints."""

from sqlalchemy import text

from shared.db.engine import Database

_LISTENING = "datname = current_database() and query = 'select pg_listening_channels()'"


async def listening_backends(owner: Database) -> list[int]:
    """Their process ids."""
    async with owner.transaction() as connection:
        found = await connection.execute(text(f"select pid from pg_stat_activity where {_LISTENING} order by pid"))
        return list(found.scalars())


async def end_listeners(owner: Database) -> bool:
    """Break their connections; False where there was none."""
    async with owner.transaction() as connection:
        ended = await connection.execute(
            text(f"select pg_terminate_backend(pid) from pg_stat_activity where {_LISTENING}")
        )
        return any(ended.scalars())
