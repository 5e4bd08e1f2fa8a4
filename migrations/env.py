"""Runs the migrations on the address given by the migrate job, or on `HANDOFF_MIGRATE_DATABASE_URL`."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from handoff_local.database.settings import MigrateSettings
from shared.db.schema import metadata


def _address() -> str:
    return context.config.get_main_option("sqlalchemy.url") or MigrateSettings().migrate_address()


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def _online() -> None:
    engine = create_async_engine(_address(), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_online())
