"""Policies of timers are stored once each, whoever begins a timer at the same moment and whatever is rolled back."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.statement_count import statements
from shared.db.engine import Database
from shared.db.schema import sla_policy, sla_timer
from shared.sla.engine.timer import migrate_policy, start
from shared.sla.facts import Owner
from shared.sla.policy.policy import Policies, read_policies
from shared.sla.store import timer_policies
from shared.sla.store.record_timers import write_record_timers
from shared.sla.store.timers import read_timers
from shared.sla.types import Identity, Snapshot, Timer, TimerTransition

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DEALER = "lisboa-01"
WAITING = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%sla_policy%'")


def policies(duration: str = "PT1H") -> Policies:
    """A dealer's clocks, with its own time for an answer."""
    return read_policies({"time_zone": "Europe/Lisbon", "sla": {"T-03": {"duration": duration}}})


def policy(duration: str = "PT1H") -> Snapshot:
    """What a clock of the answer starts with."""
    return policies(duration).snapshot("T-03", "first_response", "service_advisor")


def started(name: str, snapshot: Snapshot, dealer_id: str = DEALER) -> TimerTransition:
    """A clock of a visit that begins."""
    about = {"rule": "T-03", "target": "first_response", "subject": "appointment", "subject_id": name}
    identity = Identity(timer_id=f"{dealer_id}-{name}", dealer_id=dealer_id, **about)
    return start(identity, snapshot, at=BEGAN, now=BEGAN, owner=Owner("service_advisor", None))


async def begin(connection: AsyncConnection, *names: str, snapshot: Snapshot | None = None) -> list[Timer]:
    """Clocks that begin in this transaction."""
    moves = [started(name, snapshot or policy()) for name in names]
    await write_record_timers(connection, BEGAN, started=moves)
    return [moved.timer for moved in moves]


async def read(database: Database) -> list[Timer]:
    """Every clock, read by a process that has met no policy."""
    timer_policies._known.clear()
    async with database.transaction() as connection:
        return await read_timers(connection, select(sla_timer).order_by(sla_timer.c.timer_id))


async def stored(database: Database) -> int:
    """How many policies are stored."""
    async with database.transaction() as connection:
        return int(await connection.scalar(select(func.count()).select_from(sla_policy)) or 0)


async def test_clocks_of_one_policy_refer_to_one_row(database: Database) -> None:
    async with database.transaction() as connection:
        first = await begin(connection, "A-1", "A-2")
    async with database.transaction() as connection:
        second = await begin(connection, "A-3")
    async with database.transaction() as connection:
        third = await begin(connection, "A-4", snapshot=policy("PT2H"))
    assert await read(database) == [*first, *second, *third]
    assert await stored(database) == 2


async def test_each_dealer_has_its_own(database: Database) -> None:
    async with database.transaction() as connection:
        moves = [started("A-1", policy(), dealer_id) for dealer_id in (DEALER, "porto-01")]
        await write_record_timers(connection, BEGAN, started=moves)
    assert await stored(database) == 2
    timer_policies._known.clear()
    async with database.transaction("porto-01") as connection:
        (seen,) = await read_timers(connection, select(sla_timer))
        assert await connection.scalar(select(func.count()).select_from(sla_policy)) == 1
    assert seen == moves[1].timer


async def test_a_process_reads_a_policy_once(database: Database) -> None:
    async with database.transaction() as connection:
        await begin(connection, "A-1", "A-2")
    timer_policies._known.clear()
    counts = []
    for _ in range(2):
        async with database.transaction() as connection:
            with statements(database) as sent:
                one, other = await read_timers(connection, select(sla_timer))
            counts.append(len(sent))
    assert counts == [2, 1]
    assert one.policy is other.policy


async def test_what_ids_mean_is_kept_of_those_met_last(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    timer_policies._known.clear()
    monkeypatch.setattr(timer_policies, "_KEPT", 2)
    async with database.transaction() as connection:
        begun = [(await begin(connection, f"A-{n}", snapshot=policy(f"PT{n}H")))[0] for n in range(1, 6)]
    assert len(timer_policies._known) == 2
    assert await read(database) == begun
    assert len(timer_policies._known) == 2


async def test_a_policy_that_was_rolled_back_is_stored_by_the_next(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.execute(text("select set_config('app.dealers', '*', true)"))
        await begin(connection, "A-1")
        await read_timers(connection, select(sla_timer))
        await connection.rollback()
    assert await stored(database) == 0
    async with database.transaction() as connection:
        begun = await begin(connection, "A-2")
    assert await read(database) == begun


@pytest.mark.parametrize("commits", [True, False], ids=["commits", "rolls back"])
async def test_two_begin_with_a_new_policy_at_once(database: Database, owner_database: Database, commits: bool) -> None:
    """Who comes second waits for the first; the policy is there for it, whatever becomes of the first."""

    async def second() -> list[Timer]:
        async with database.transaction() as connection:
            return await begin(connection, "A-2")

    async with database.engine.connect() as connection:
        await connection.execute(text("select set_config('app.dealers', '*', true)"))
        first = await begin(connection, "A-1")
        other = asyncio.create_task(second())
        await waits_for_a_policy(owner_database)
        await (connection.commit() if commits else connection.rollback())
    begun = await other
    assert await read(database) == ([*first, *begun] if commits else begun)
    assert await stored(database) == 1


async def waits_for_a_policy(owner: Database) -> None:
    """Until a transaction stands before a policy that another is storing."""
    async with asyncio.timeout(60), owner.transaction() as connection:
        while not await connection.scalar(WAITING):
            await connection.execute(text("select pg_stat_clear_snapshot()"))


async def test_a_migrated_clock_names_each_policy_it_had(database: Database) -> None:
    async with database.transaction() as connection:
        (begun,) = await begin(connection, "A-1")
    moved = migrate_policy(begun, policy("PT3H"), BEGAN + timedelta(minutes=10))
    again = migrate_policy(moved.timer, policy("PT4H"), BEGAN + timedelta(minutes=20))
    async with database.transaction() as connection:
        await write_record_timers(connection, BEGAN, moved=[moved])
        await write_record_timers(connection, BEGAN, moved=[again])
    assert await read(database) == [again.timer]
    assert await stored(database) == 3
