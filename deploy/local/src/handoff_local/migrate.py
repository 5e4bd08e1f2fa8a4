"""The migrate job: one at a time brings the database to head, lets the services in, and sets the clock's anchor."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import Anchor, next_anchor, real_now
from shared.database import APP_ROLE, Database
from shared.settings import Settings
from shared.tables import clock_anchor

MIGRATIONS: Final = Path(__file__).resolve().parents[4] / "migrations"
_LOCK: Final = 0x68616E64


def migrate(settings: Settings) -> None:
    """Bring the database to head and grant the services' role to the user they connect as.

    Waits for another migrate job on the same database. Raises what the driver or a migration raises.
    """
    asyncio.run(_migrate(settings))


def set_anchor(settings: Settings) -> Anchor:
    """Begin domain time anew: at the start asked for, or real time, never before what was already seen."""
    return asyncio.run(_set_anchor(settings))


def keep_seen(settings: Settings, anchor: Anchor) -> None:
    """Remember how far domain time has come, so that the next start does not go back behind it.

    Raises TimeoutError after a second: a stop waits for nobody.
    """
    asyncio.run(asyncio.wait_for(_keep_seen(settings, anchor), 1.0))


def head() -> str | None:
    """The revision this code wants."""
    return ScriptDirectory.from_config(alembic_config("")).get_current_head()


def alembic_config(address: str) -> Config:
    """Alembic on our migrations and this address."""
    config = Config(os.fspath(MIGRATIONS / "alembic.ini"))
    config.set_main_option("sqlalchemy.url", address.replace("%", "%%"))
    return config


async def _migrate(settings: Settings) -> None:
    async with _owner(settings) as owner:
        async with owner.engine.connect() as holder:
            await holder.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            await holder.commit()
            await asyncio.to_thread(command.upgrade, alembic_config(settings.migrate_address()), "head")
        if settings.migrate_database_url and settings.database_url:
            await _let_in(owner, settings.database_address())


async def _let_in(owner: Database, address: str) -> None:
    """Grant the services' role to the user of their address; only the database knows who that really is."""
    async with _opened(address) as services, services.transaction() as connection:
        user = await connection.scalar(text("select session_user"))
    async with owner.transaction() as connection:
        if not await connection.scalar(text("select pg_has_role(:user, :role, 'MEMBER')"), _named(user)):
            quoted = await connection.scalar(text("select quote_ident(:user)"), {"user": user})
            await connection.execute(text(f"grant {APP_ROLE} to {quoted}"))


def _named(user: object) -> dict[str, object]:
    return {"user": user, "role": APP_ROLE}


async def _set_anchor(settings: Settings) -> Anchor:
    async with _owner(settings) as owner, owner.transaction() as connection:
        seen = await connection.scalar(select(clock_anchor.c.seen_at))
        anchor = next_anchor(seen, settings.clock_start, settings.clock_rate, real_now())
        await _store(connection, anchor)
    return anchor


async def _store(connection: AsyncConnection, anchor: Anchor) -> None:
    values = {"real_at": anchor.real_at, "domain_at": anchor.domain_at, "rate": anchor.rate}
    row = insert(clock_anchor).values(id=1, seen_at=anchor.domain_at, **values)
    await connection.execute(
        row.on_conflict_do_update(index_elements=["id"], set_={**values, "seen_at": row.excluded.seen_at})
    )


async def _keep_seen(settings: Settings, anchor: Anchor) -> None:
    async with _owner(settings) as owner, owner.transaction() as connection:
        seen = anchor.domain(real_now())
        await connection.execute(clock_anchor.update().where(clock_anchor.c.seen_at < seen).values(seen_at=seen))


@asynccontextmanager
async def _opened(address: str) -> AsyncIterator[Database]:
    database = Database(address, role=None, pool_size=2)
    try:
        yield database
    finally:
        await database.close()


def _owner(settings: Settings) -> AbstractAsyncContextManager[Database]:
    return _opened(settings.migrate_address())
