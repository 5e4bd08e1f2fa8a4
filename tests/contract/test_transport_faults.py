"""Effect once: across a crash between effect and position, the death of a reader, and a database that goes away."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from transport_stage import FaultyTransport, Stage

from shared.messaging.bus import BATCH, Record

pytestmark = pytest.mark.database


async def test_a_crash_between_effect_and_position(stage: Stage, faulty: FaultyTransport) -> None:
    faulty.losing = {1, 2}
    await stage.publish("C-1", 1, 2, 3)
    async with stage.consuming(faulty):
        async with asyncio.timeout(60):
            await faulty.stored.acquire()
        await stage.publish("C-1", 4)
        assert await stage.until_effects(4) == [("C-1", number) for number in (1, 2, 3, 4)]
    deliveries = [record.data["number"] for records in faulty.received for record in records]
    assert deliveries.count(1) == 3, "what was not stored comes again"


@pytest.mark.parametrize("before", [0, 1], ids=["from the beginning", "from where it stood"])
async def test_a_backlog_goes_on_in_batches_where_it_stopped(
    stage: Stage, faulty: FaultyTransport, before: int
) -> None:
    if before:
        await stage.publish("C-1", 0)
        async with stage.consuming():
            await stage.until_effects(1)
    faulty.losing = {2}
    for first in range(1, 1700, 100):
        await stage.publish("C-1", *range(first, first + 100))
    async with stage.consuming(faulty):
        effects = await stage.until_effects(before + 1700)
    assert effects[before:] == [("C-1", number) for number in range(1, 1701)]
    batches = [[record.data["number"] for record in records] for records in faulty.received]
    assert [number for batch in (batches[0], *batches[2:]) for number in batch] == list(range(1, 1701))
    assert batches[2][: len(batches[1])] == batches[1][: len(batches[2])], "the one that was lost comes again"
    assert max(map(len, batches)) <= BATCH


async def test_readers_share_and_one_goes_on_after_the_others_death(stage: Stage, faulty: FaultyTransport) -> None:
    mortal, spare = faulty, stage.open_another()
    customers = [f"C-{number}" for number in range(8)]
    async with stage.consuming(mortal, handle=partial(stage.act, who="first")):
        await stage.publish("C-0", 0)
        await stage.until_effects(1)
        async with stage.consuming(spare, handle=partial(stage.act, who="second")):
            for number in range(1, 31):
                for customer in customers:
                    await stage.publish(customer, number)
            await stage.until_effects(241)
            await stage.kill_reader("worker")
            mortal.dead = True
            for customer in customers:
                await stage.publish(customer, 31)
            effects = await stage.until_effects(249)
            assert (await stage.actors())[-8:] == ["second"] * 8
    for customer in customers[1:]:
        assert [number for key, number in effects if key == customer] == list(range(1, 32))


async def test_a_reader_that_lost_its_connection_goes_on(stage: Stage) -> None:
    async with stage.consuming():
        for number in range(1, 6):
            await stage.publish("C-1", number)
            await stage.until_effects(number)
            await stage.kill_reader("worker")
    assert await stage.effects() == [("C-1", number) for number in range(1, 6)]


async def test_while_the_database_is_away_nothing_counts_as_a_try(stage: Stage) -> None:
    kills = iter(range(4))

    async def act_while_killed(connection: AsyncConnection, records: Sequence[Record]) -> None:
        await stage.act(connection, records)
        if next(kills, None) is not None:
            pid = (await connection.execute(text("select pg_backend_pid()"))).scalar_one()
            async with stage.owner.transaction() as owner:
                await owner.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
            await connection.execute(text("select 1"))

    await stage.publish("C-1", 1)
    async with stage.consuming(handle=act_while_killed):
        assert await stage.until_effects(1) == [("C-1", 1)]
    async with stage.database.transaction() as connection:
        assert (await connection.execute(text("select count(*) from dead_letter"))).scalar_one() == 0
    assert next(kills, None) is None
