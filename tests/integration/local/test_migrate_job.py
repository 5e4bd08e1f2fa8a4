"""The migrate job: on an empty database, twice at once, and with services that connect as somebody else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest
from alembic import command

from handoff_local.database.migrate import _LOCK, alembic_config, head, keep_seen, migrate, set_anchor
from handoff_local.database.postgres import EmbeddedPostgres
from handoff_local.database.settings import MigrateSettings
from handoff_local.errors import CommandFailed
from shared.clock import real_now
from shared.db.engine import WAITS_AT_MOST
from shared.process.health import SCHEMA_HEAD

pytestmark = pytest.mark.database

BEFORE_TURNS = """
    insert into journey_case (dealer_id, case_id, status, closed_at, outcome)
    values ('d', 'K-1', 'closed', '2026-11-20 12:00:00.3+00', 'satisfied'),
           ('d', 'K-2', 'closed', '2026-11-20 13:00:00.7+00', 'other'),
           ('d', 'K-3', 'open', null, null);
    insert into journey_event (event_id, dealer_id, source, id, occurred_at, received_at, intent, content_hash)
    values ('E-1', 'd', '/dms', '1', '2026-11-20 11:00:00.5+00', '2026-11-20 11:00:01+00', 'live', '');
    insert into sla_timer (timer_id, dealer_id, case_id, rule, target, subject, subject_id, cycle, revision, state,
                           started_at, consumed, due_at, original_due_at, stopped_at, progress)
    select 't' || n, 'd', 'K-1', rule, 'resolution', 'case', 'K-1', n, 1, 'completed', '2026-11-20 09:00+00', 'PT1H',
           '2026-11-21 09:00+00', '2026-11-21 09:00+00', stopped::timestamptz, progress::json
      from (values (1, 'T-33', '2026-11-20 10:00:00+00', '{"stopped_fact": "closed:1", "started_fact": "E-0"}'),
                   (2, 'T-27', '2026-11-20 10:00:00+00', '{"stopped_fact": "closed:1", "started_fact": "E-0"}'),
                   (3, 'T-33', '2026-11-20 12:00:00+00', '{"stopped_fact": "closed:2", "started_fact": "-E-1"}')
           ) as v (n, rule, stopped, progress)
"""


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


async def test_the_turns_a_case_took_are_taken_over(empty: str) -> None:
    """As far as a clock tells of them, and that a case is closed now."""
    settings = MigrateSettings(migrate_database_url=empty)
    await asyncio.to_thread(command.upgrade, alembic_config(settings.migrate_address()), "0007")
    owner = await asyncpg.connect(empty)
    try:
        await owner.execute(BEFORE_TURNS)
        await asyncio.to_thread(migrate, settings)
        turns = await owner.fetch(
            "select case_id, action, at, outcome, event_id from case_status_change order by case_id, at"
        )
        assert [(row[0], row[1], f"{row[2]:%H:%M:%S.%f}", row[3], row[4]) for row in turns] == [
            ("K-1", "closed", "10:00:00.000000", None, None),
            ("K-1", "reopened", "11:00:00.500000", None, "E-1"),
            ("K-1", "closed", "12:00:00.000000", None, None),
            ("K-2", "closed", "13:00:00.700000", "other", None),
        ]
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
