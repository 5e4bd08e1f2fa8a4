"""Effect once: across a crash between effect and position, the death of a reader, and a database that goes away."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from transport_probe import FaultyTransport, TransportProbe

from shared.messaging.bus import BATCH, Record

pytestmark = pytest.mark.database


async def test_a_crash_between_effect_and_position(probe: TransportProbe, faulty: FaultyTransport) -> None:
    faulty.losing = {1, 2}
    await probe.publish("C-1", 1, 2, 3)
    async with probe.consuming(faulty):
        async with asyncio.timeout(60):
            await faulty.stored.acquire()
        await probe.publish("C-1", 4)
        assert await probe.until_effects(4) == [("C-1", number) for number in (1, 2, 3, 4)]
    deliveries = [record.data["number"] for records in faulty.received for record in records]
    assert deliveries.count(1) == 3, "what was not stored comes again"


@pytest.mark.parametrize("before", [0, 1], ids=["from the beginning", "from where it stood"])
async def test_a_backlog_goes_on_in_batches_where_it_stopped(
    probe: TransportProbe, faulty: FaultyTransport, before: int
) -> None:
    if before:
        await probe.publish("C-1", 0)
        async with probe.consuming():
            await probe.until_effects(1)
    faulty.losing = {2}
    for first in range(1, 1700, 100):
        await probe.publish("C-1", *range(first, first + 100))
    async with probe.consuming(faulty):
        effects = await probe.until_effects(before + 1700)
    assert effects[before:] == [("C-1", number) for number in range(1, 1701)]
    batches = [[record.data["number"] for record in records] for records in faulty.received]
    assert [number for batch in (batches[0], *batches[2:]) for number in batch] == list(range(1, 1701))
    assert batches[2][: len(batches[1])] == batches[1][: len(batches[2])], "the one that was lost comes again"
    assert max(map(len, batches)) <= BATCH


async def test_readers_share_and_one_goes_on_after_the_others_death(
    probe: TransportProbe, faulty: FaultyTransport
) -> None:
    mortal, spare = faulty, probe.open_another()
    customers = [f"C-{number}" for number in range(8)]
    async with probe.consuming(mortal, handle=partial(probe.act, who="first")):
        await probe.publish("C-0", 0)
        await probe.until_effects(1)
        async with probe.consuming(spare, handle=partial(probe.act, who="second")):
            for number in range(1, 31):
                for customer in customers:
                    await probe.publish(customer, number)
            await probe.until_effects(241)
            await probe.kill_reader("worker")
            mortal.dead = True
            for customer in customers:
                await probe.publish(customer, 31)
            effects = await probe.until_effects(249)
            assert (await probe.actors())[-8:] == ["second"] * 8
    for customer in customers[1:]:
        assert [number for key, number in effects if key == customer] == list(range(1, 32))


async def test_a_reader_that_lost_its_connection_goes_on(probe: TransportProbe) -> None:
    async with probe.consuming():
        for number in range(1, 6):
            await probe.publish("C-1", number)
            await probe.until_effects(number)
            await probe.kill_reader("worker")
    assert await probe.effects() == [("C-1", number) for number in range(1, 6)]


async def test_while_the_database_is_away_nothing_counts_as_a_try(probe: TransportProbe) -> None:
    kills = iter(range(4))

    async def act_while_killed(connection: AsyncConnection, records: Sequence[Record]) -> None:
        await probe.act(connection, records)
        if next(kills, None) is not None:
            pid = (await connection.execute(text("select pg_backend_pid()"))).scalar_one()
            async with probe.owner.transaction() as owner:
                await owner.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
            await connection.execute(text("select 1"))

    await probe.publish("C-1", 1)
    async with probe.consuming(handle=act_while_killed):
        assert await probe.until_effects(1) == [("C-1", 1)]
    async with probe.database.transaction() as connection:
        assert (await connection.execute(text("select count(*) from dead_letter"))).scalar_one() == 0
    assert next(kills, None) is None
