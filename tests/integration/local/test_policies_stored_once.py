"""Clocks of before their policies were stored once each read the same after the migration."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from pydantic_core import to_json
from sqlalchemy import select, text

from handoff_local.database.migrate import alembic_config
from handoff_local.database.postgres import EmbeddedPostgres
from shared.db.engine import Database
from shared.db.schema import sla_policy, sla_timer
from shared.process.settings import async_address
from shared.sla.engine.timer import migrate_policy, start
from shared.sla.facts import Owner
from shared.sla.policy.policy import read_policies
from shared.sla.store import timer_policies
from shared.sla.store.policy_documents import policy_row
from shared.sla.store.record_timers import write_record_timers
from shared.sla.store.timer_columns import to_row
from shared.sla.store.timers import read_timers
from shared.sla.types import Identity, Snapshot, Timer, TimerTransition

pytestmark = pytest.mark.database

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BEFORE, AFTER = "0038", "0039"
WEEK = {day: [["09:00", "13:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ROWS = text("select to_jsonb(t) as row from sla_timer t order by timer_id")


@pytest.fixture
async def before(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database in which each clock carries its policy, made for the test."""
    owner = Database(async_address(postgres.url("postgres")), role=None, pool_size=1)
    async with owner.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("drop database if exists once with (force)"))
        await plain.execute(text("create database once"))
        address = async_address(postgres.url("once"))
        await asyncio.to_thread(command.upgrade, alembic_config(address), BEFORE)
        yield address
        await plain.execute(text("drop database once with (force)"))
    await owner.close()


@pytest.fixture
async def database(before: str) -> AsyncIterator[Database]:
    """It, in the services' role."""
    opened = Database(before)
    yield opened
    await opened.close()


def policy(hours: int, zone: str = "Europe/Lisbon") -> Snapshot:
    """Of an answer within so many open hours, by a chain of the dealer's own."""
    chains = {"first_response": [{"after": "PT15M", "to": "manager", "channel_class": "urgent", "repeat": 2}]}
    sla = {"T-03": {"duration": f"PT{hours}H"}}
    record = {"time_zone": zone, "calendars": {"default": {"week": WEEK}}, "sla": sla, "chains": chains}
    return read_policies(record, version=3).snapshot("T-03", "first_response", "service_advisor")


def begins(name: str, snapshot: Snapshot, dealer_id: str = "lisboa-01") -> TimerTransition:
    """A clock of a visit."""
    about = {"rule": "T-03", "target": "first_response", "subject": "appointment", "subject_id": name}
    identity = Identity(timer_id=name, dealer_id=dealer_id, **about)
    return start(identity, snapshot, at=BEGAN, now=BEGAN, owner=Owner("service_advisor", None))


def timers() -> list[Timer]:
    """Clocks that share a policy, have one of their own, another dealer's, and several that they were migrated to."""
    cut = replace(policy(2), target=policy(1).target, full=policy(2).target)
    moved = migrate_policy(begins("T-5", policy(2)).timer, policy(4), BEGAN + timedelta(minutes=10)).timer
    moved = migrate_policy(moved, policy(3), BEGAN + timedelta(minutes=20)).timer
    return [
        begins("T-1", policy(2)).timer,
        begins("T-2", policy(2)).timer,
        begins("T-3", cut).timer,
        begins("T-4", policy(2, "Atlantic/Azores"), "acores-01").timer,
        moved,
    ]


def row_of_before(timer: Timer) -> dict[str, object]:
    """The row with every policy in it."""
    row = to_row(timer)
    del row["policy_id"]
    earlier = [
        {"until": one.until.isoformat(), "policy": policy_row(one.policy)["document"], "restarted": one.restarted}
        for one in timer.earlier
    ]
    progress = row["progress"] | ({"earlier": earlier} if earlier else {})
    return row | {"policy": policy_row(timer.policy)["document"], "progress": progress}


async def write_before(database: Database) -> list[dict[str, object]]:
    """Write the clocks as they were; answers their rows."""
    rows = to_json([row_of_before(timer) for timer in timers()]).decode()
    statement = "insert into sla_timer select * from json_populate_recordset(null::sla_timer, cast(:rows as json))"
    async with database.transaction() as connection:
        await connection.execute(text(statement), {"rows": rows})
        return [row.row for row in await connection.execute(ROWS)]


async def test_clocks_read_the_same_and_go_on(database: Database, before: str) -> None:
    await write_before(database)
    await database.engine.dispose()
    await asyncio.to_thread(command.upgrade, alembic_config(before), "head")
    timer_policies._known.clear()
    async with database.transaction() as connection:
        assert await read_timers(connection, select(sla_timer).order_by(sla_timer.c.timer_id)) == timers()
        stored = (await connection.execute(select(sla_policy))).all()
    documents = [(row.dealer_id, json.loads(row.document)["duration"]) for row in stored]
    assert sorted(documents) == [
        ("acores-01", "PT2H"),
        ("lisboa-01", "PT1H"),
        ("lisboa-01", "PT2H"),
        ("lisboa-01", "PT3H"),
        ("lisboa-01", "PT4H"),
    ]
    async with database.transaction() as connection:
        await write_record_timers(connection, BEGAN, started=[begins("T-6", policy(2))])
        assert len((await connection.execute(select(sla_policy))).all()) == len(stored)


async def test_the_way_back_gives_each_clock_its_policies_again(database: Database, before: str) -> None:
    rows = await write_before(database)
    await database.engine.dispose()
    await asyncio.to_thread(command.upgrade, alembic_config(before), AFTER)
    await asyncio.to_thread(command.downgrade, alembic_config(before), BEFORE)
    async with database.transaction() as connection:
        after = [row.row for row in await connection.execute(ROWS)]
    assert after == rows
