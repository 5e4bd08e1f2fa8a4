"""The migrate job: one at a time brings the database to head, lets the services in, and makes the topics of Kafka.

The launcher also sets the clock's anchor by it.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.database.settings import MigrateSettings
from handoff_local.errors import CommandFailed, reason_of_driver
from shared.clock import Anchor, next_anchor, real_now
from shared.db.engine import APP_ROLE, Database
from shared.db.schema import clock_anchor
from shared.process.shutdown import growing_delays

MIGRATIONS: Final = Path(__file__).resolve().parents[5] / "migrations"
_LOCK: Final = 0x68616E64
_BROKERS_WITHIN: Final = 8.0
"""Real seconds for brokers that may be starting too; less than a stop of the launcher may take."""


def migrate(settings: MigrateSettings) -> None:
    """Bring the database to head, grant the services' role to the user they connect as, make missing topics.

    Waits for another migrate job on the same database, and some seconds for brokers that are set and do not
    answer yet. Raises CommandFailed when the database or the brokers cannot be used, or the database was written by
    another version whose schema this one has no way from.
    """
    try:
        settings.migrate_address()
    except RuntimeError as missing:
        raise CommandFailed(str(missing)) from None
    try:
        asyncio.run(_migrate(settings))
    except (SQLAlchemyError, asyncpg.PostgresError, CommandError, OSError) as error:
        raise CommandFailed(
            f"the database cannot be brought to head ({reason_of_driver(error)}): correct HANDOFF_DATABASE_URL or"
            " HANDOFF_MIGRATE_DATABASE_URL"
        ) from error
    if settings.kafka_bootstrap_servers:
        asyncio.run(_make_topics(settings))


def set_anchor(settings: MigrateSettings) -> Anchor:
    """Begin domain time anew: at the start asked for, or real time, never before what was already seen."""
    return asyncio.run(_set_anchor(settings))


def keep_seen(settings: MigrateSettings, anchor: Anchor) -> None:
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


async def _migrate(settings: MigrateSettings) -> None:
    async with _owner(settings) as owner:
        async with owner.engine.connect() as holder:
            # another job may take longer than any other statement would wait for a lock
            await holder.execute(text("set lock_timeout = 0"))
            await holder.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            await holder.commit()
            _check_known(await _revision(holder))
            await asyncio.to_thread(command.upgrade, alembic_config(settings.migrate_address()), "head")
        if settings.migrate_database_url and settings.database_url:
            await _let_in(owner, settings.database_address())


async def _revision(connection: AsyncConnection) -> str | None:
    """The migration the database stands at; None before the first. Leaves no transaction open."""
    found = None
    if await connection.scalar(text("select to_regclass('alembic_version')")) is not None:
        found = await connection.scalar(text("select version_num from alembic_version"))
    await connection.commit()
    return found


def _check_known(revision: str | None) -> None:
    """Raise CommandFailed where no migration of this version leads on from the one the database stands at."""
    known = [script.revision for script in ScriptDirectory.from_config(alembic_config("")).walk_revisions()]
    if revision is None or revision in known:
        return
    if revision > known[0]:
        what = f"a later version has written it: this one ends with {known[0]}. Run that version, or a later one"
    else:
        what = (
            f"an earlier version has written it: this one begins with {known[-1]} and cannot take its data over. Export"
            " what is needed with the version that wrote it, then start with a new data folder (HANDOFF_DATA_DIR), or"
            " with an empty database where HANDOFF_DATABASE_URL is set"
        )
    raise CommandFailed(f"the database stands at migration {revision}; {what}")


async def _make_topics(settings: MigrateSettings) -> None:
    from shared.messaging.kafka.settings import Kafka
    from shared.messaging.kafka.topics import make_topics

    delays = growing_delays(longest=timedelta(seconds=1))
    failure: Exception | None = None
    try:
        async with asyncio.timeout(_BROKERS_WITHIN):
            while True:
                try:
                    await make_topics(Kafka.of(settings), settings.kafka_partitions)
                    return
                except OSError as error:
                    failure = error
                await asyncio.sleep(next(delays).total_seconds())
    except TimeoutError:
        raise CommandFailed(
            f"Kafka at {settings.kafka_bootstrap_servers} cannot be used ({failure or 'no answer'}): start it, or"
            " correct HANDOFF_KAFKA_*, or leave HANDOFF_KAFKA_BOOTSTRAP_SERVERS empty to do without"
        ) from failure


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


async def _set_anchor(settings: MigrateSettings) -> Anchor:
    async with _owner(settings) as owner, owner.transaction() as connection:
        seen = await connection.scalar(select(clock_anchor.c.seen_at))
        anchor = next_anchor(seen, settings.clock_start, settings.clock_rate, real_now())
        await _store(connection, anchor)
    return anchor


async def _store(connection: AsyncConnection, anchor: Anchor) -> None:
    values = {"wall_clock_at": anchor.wall_clock_at, "domain_at": anchor.domain_at, "rate": anchor.rate}
    row = insert(clock_anchor).values(id=1, seen_at=anchor.domain_at, **values)
    await connection.execute(
        row.on_conflict_do_update(index_elements=["id"], set_={**values, "seen_at": row.excluded.seen_at})
    )


async def _keep_seen(settings: MigrateSettings, anchor: Anchor) -> None:
    async with _owner(settings) as owner, owner.transaction() as connection:
        seen = anchor.domain(real_now())
        await connection.execute(clock_anchor.update().where(clock_anchor.c.seen_at < seen).values(seen_at=seen))


@asynccontextmanager
async def _opened(address: str) -> AsyncIterator[Database]:
    database = Database(address, role=None, pool_size=2, longest="0")
    try:
        yield database
    finally:
        await database.close()


def _owner(settings: MigrateSettings) -> AbstractAsyncContextManager[Database]:
    return _opened(settings.migrate_address())
