"""A migrated database without a row."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import metadata

_DELETED = "; ".join(f"delete from {name}" for name in metadata.tables)


async def empty(connection: AsyncConnection) -> None:
    """Delete all rows, as the database's owner; truncating makes a file for every table anew."""
    await connection.execute(text(f"do $$ begin {_DELETED}; end $$"))
