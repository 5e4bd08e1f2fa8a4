"""The migrate job: on an empty database, twice at once, and with services that connect as somebody else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest

from handoff_local.database.migrate import _LOCK, head, keep_seen, migrate, set_anchor
from handoff_local.database.postgres import EmbeddedPostgres
from handoff_local.database.settings import MigrateSettings
from handoff_local.errors import CommandFailed
from shared.clock import real_now
from shared.db.engine import WAITS_AT_MOST
from shared.process.health import SCHEMA_HEAD

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
    settings = MigrateSettings(database_url=empty)
    await asyncio.gather(asyncio.to_thread(migrate, settings), asyncio.to_thread(migrate, settings))
    assert await value(empty, "select version_num from alembic_version") == head() == SCHEMA_HEAD


async def test_a_job_waits_for_another_longer_than_statements_do(empty: str) -> None:
    other = await asyncpg.connect(empty)
    try:
        await other.execute("select pg_advisory_lock($1)", _LOCK)
        job = asyncio.create_task(asyncio.to_thread(migrate, MigrateSettings(database_url=empty)))
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


@pytest.mark.parametrize(
    ("revision", "cure"),
    [("0001", r"begins with \d{4} .* new data folder \(HANDOFF_DATA_DIR\)"), ("9999", r"Run that version, or a later")],
)
async def test_a_database_of_another_version_is_refused_and_left_alone(empty: str, revision: str, cure: str) -> None:
    owner = await asyncpg.connect(empty)
    try:
        await owner.execute("create table alembic_version (version_num varchar(32) primary key)")
        await owner.execute("insert into alembic_version values ($1)", revision)
        with pytest.raises(CommandFailed, match=rf"stands at migration {revision}; .*{cure}"):
            await asyncio.to_thread(migrate, MigrateSettings(database_url=empty))
        assert await owner.fetchval("select version_num from alembic_version") == revision
        assert await owner.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 1
    finally:
        await owner.close()


async def test_an_interrupted_first_start_goes_on(empty: str) -> None:
    """The table of versions is there, and no version in it."""
    owner = await asyncpg.connect(empty)
    try:
        await owner.execute("create table alembic_version (version_num varchar(32) primary key)")
        await asyncio.to_thread(migrate, MigrateSettings(database_url=empty))
        assert await owner.fetchval("select version_num from alembic_version") == SCHEMA_HEAD
    finally:
        await owner.close()


async def test_an_owner_who_may_not_make_roles_is_told_so(empty: str, postgres: EmbeddedPostgres) -> None:
    root = await asyncpg.connect(postgres.url("postgres"))
    try:
        await root.execute("drop role if exists tenant")
        await root.execute("create role tenant login")
        await root.execute("alter database bare owner to tenant")
        settings = MigrateSettings(database_url=empty.replace("postgresql://handoff@", "postgresql://tenant@"))
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
    await asyncio.to_thread(migrate, MigrateSettings(database_url=services, migrate_database_url=empty))
    assert await value(services, "select session_user") == "the services"
    assert await value(services, "select pg_has_role(session_user, 'handoff_app', 'SET')")
    assert not await value(services, "select rolsuper from pg_roles where rolname = session_user")
    await owner.execute('drop role "the services"')
    await owner.close()


async def test_domain_time_begins_where_asked_and_never_goes_back(empty: str) -> None:
    settings = MigrateSettings(migrate_database_url=empty)
    await asyncio.to_thread(migrate, settings)
    start = real_now().replace(microsecond=0) + timedelta(days=100)
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
    settings = MigrateSettings(migrate_database_url=empty)
    await asyncio.to_thread(migrate, settings)
    anchor = await asyncio.to_thread(set_anchor, settings)
    assert anchor.domain_at == anchor.wall_clock_at <= real_now()
