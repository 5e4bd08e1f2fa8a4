"""The migrate job: on an empty database, twice at once, and with services that connect as somebody else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from handoff_local.failures import CommandFailed
from handoff_local.migrate import _LOCK, head, keep_seen, migrate, set_anchor
from handoff_local.postgres import EmbeddedPostgres
from shared.clock import real_now
from shared.database import WAITS_AT_MOST
from shared.health import SCHEMA_HEAD
from shared.settings import Settings

pytestmark = pytest.mark.database


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database without tables, made for the test."""
    owner = await asyncpg.connect(postgres.url("postgres"))
    await owner.execute("drop database if exists bare with (force)")
    await owner.execute("create database bare")
    yield postgres.url("bare")
    await owner.execute("drop database bare with (force)")
    await owner.close()


async def value(address: str, query: str) -> object:
    connection = await asyncpg.connect(address)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_two_jobs_at_once_bring_it_to_head(empty: str) -> None:
    settings = Settings(database_url=empty)
    await asyncio.gather(asyncio.to_thread(migrate, settings), asyncio.to_thread(migrate, settings))
    assert await value(empty, "select version_num from alembic_version") == head() == SCHEMA_HEAD


async def test_a_job_waits_for_another_longer_than_statements_do(empty: str) -> None:
    other = await asyncpg.connect(empty)
    try:
        await other.execute("select pg_advisory_lock($1)", _LOCK)
        job = asyncio.create_task(asyncio.to_thread(migrate, Settings(database_url=empty)))
        waiting = "select max(now() - query_start) from pg_stat_activity where wait_event = 'advisory'"
        longer = timedelta(seconds=int(WAITS_AT_MOST.removesuffix("s"))) + timedelta(seconds=0.5)
        async with asyncio.timeout(60):
            while (await other.fetchval(waiting) or timedelta(0)) < longer:
                assert not job.done(), job.exception()
        assert await value(empty, "select to_regclass('alembic_version')") is None
    finally:
        await other.close()
    await job
    assert await value(empty, "select version_num from alembic_version") == head()


async def test_an_owner_who_may_not_make_roles_is_told_so(empty: str, postgres: EmbeddedPostgres) -> None:
    root = await asyncpg.connect(postgres.url("postgres"))
    try:
        await root.execute("drop role if exists tenant")
        await root.execute("create role tenant login")
        await root.execute("alter database bare owner to tenant")
        settings = Settings(database_url=empty.replace("postgresql://handoff@", "postgresql://tenant@"))
        with pytest.raises(CommandFailed, match=r"permission denied to (create|grant) role"):
            await asyncio.to_thread(migrate, settings)
    finally:
        await root.execute("alter database bare owner to handoff")
        await root.execute("drop role tenant")
        await root.close()


async def test_the_user_of_the_services_is_let_in(empty: str, postgres: EmbeddedPostgres) -> None:
    owner = await asyncpg.connect(postgres.url("postgres"))
    await owner.execute('drop role if exists "the services"')
    await owner.execute("""create role "the services" login""")
    services = empty.replace("postgresql://handoff@", "postgresql://the%20services@")
    await asyncio.to_thread(migrate, Settings(database_url=services, migrate_database_url=empty))
    assert await value(services, "select session_user") == "the services"
    assert await value(services, "select pg_has_role(session_user, 'handoff_app', 'SET')")
    assert not await value(services, "select rolsuper from pg_roles where rolname = session_user")
    await owner.execute('drop role "the services"')
    await owner.close()


async def test_domain_time_begins_where_asked_and_never_goes_back(empty: str) -> None:
    settings = Settings(migrate_database_url=empty)
    await asyncio.to_thread(migrate, settings)
    start = datetime(2027, 3, 1, 9, tzinfo=UTC)
    fast = settings.model_copy(update={"clock_start": start, "clock_rate": 600.0})
    first = await asyncio.to_thread(set_anchor, fast)
    assert (first.domain_at, first.rate) == (start, 600.0)
    await asyncio.to_thread(keep_seen, fast, first)
    seen = await value(empty, "select seen_at from clock_anchor")
    assert isinstance(seen, datetime)
    assert start < seen < start + timedelta(days=1)

    again = await asyncio.to_thread(set_anchor, fast)
    assert again.domain_at == seen
    plain = await asyncio.to_thread(set_anchor, settings)
    assert (plain.domain_at, plain.rate) == (seen, 1.0)


async def test_an_ordinary_stack_runs_on_real_time(empty: str) -> None:
    settings = Settings(migrate_database_url=empty)
    await asyncio.to_thread(migrate, settings)
    anchor = await asyncio.to_thread(set_anchor, settings)
    assert anchor.domain_at == anchor.real_at <= real_now()
