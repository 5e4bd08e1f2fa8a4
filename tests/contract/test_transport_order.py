"""Nothing lost, nothing doubled, order per key: under concurrent writers and late commits."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from transport_probe import CREATED, FaultyTransport, TransportProbe

from shared.db.engine import lock_keys
from shared.messaging.bus import BATCH, Record, new_record
from shared.messaging.consumer import Consumer, consume
from shared.messaging.outbox import append
from shared.vocabulary import SLA_TOPIC, TASKS_TOPIC

pytestmark = pytest.mark.database

CUSTOMERS = ["C-1", "C-2", "C-3", "C-4"]


async def _write(probe: TransportProbe, seed: int, numbers: dict[str, int], transactions: int) -> None:
    random = Random(seed)
    for _ in range(transactions):
        customer = random.choice(CUSTOMERS)
        async with probe.database.transaction("lisboa-01") as connection:
            # the transaction id is taken before the key's turn, so the two orders differ
            await connection.execute(text("select pg_current_xact_id()"))
            await lock_keys(connection, [f"lisboa-01/{customer}"])
            for _ in range(2):
                numbers[customer] += 1
                await append(connection, [probe.record(customer, numbers[customer])])
                await connection.execute(text("select pg_sleep(:seconds)"), {"seconds": random.random() * 0.01})


async def test_eight_writers_with_slow_commits(probe: TransportProbe) -> None:
    numbers: dict[str, int] = defaultdict(int)
    async with probe.consuming():
        await asyncio.gather(*(_write(probe, seed, numbers, 30) for seed in range(8)))
        effects = await probe.until_effects(480)
        await probe.publish("end", 1)
        effects = (await probe.until_effects(481))[:-1]
    by_customer = defaultdict(list)
    for customer, number in effects:
        by_customer[customer].append(number)
    assert by_customer == {customer: list(range(1, last + 1)) for customer, last in numbers.items()}


@pytest.mark.parametrize("before", [0, 1], ids=["from the beginning", "from where it stood"])
async def test_the_order_of_a_key_is_that_of_its_turns_not_of_transaction_ids(
    probe: TransportProbe, before: int
) -> None:
    if before:
        await probe.publish("C-1", 0)
        async with probe.consuming():
            await probe.until_effects(1)
    async with probe.database.transaction("lisboa-01") as older:
        await older.execute(text("select pg_current_xact_id()"))
        async with probe.database.transaction("lisboa-01") as younger:
            await lock_keys(younger, ["lisboa-01/C-1"])
            await append(younger, [probe.record("C-1", 1)])
        await lock_keys(older, ["lisboa-01/C-1"])
        await append(older, [probe.record("C-1", 2)])
    async with probe.consuming():
        assert (await probe.until_effects(before + 2))[before:] == [("C-1", 1), ("C-1", 2)]


async def test_a_commit_that_comes_late(probe: TransportProbe) -> None:
    async with probe.consuming():
        async with probe.database.transaction("lisboa-01") as late:
            await append(late, [probe.record("late", 1)])
            await probe.publish("early", 1)
            assert await probe.until_effects(1) == [("early", 1)]
        assert await probe.until_effects(2) == [("early", 1), ("late", 1)]


async def test_what_is_not_wanted_leaves_no_trace(probe: TransportProbe) -> None:
    for number in (1, 2, 3):
        await probe.publish("C-1", number)
    async with probe.consuming(wants=lambda record: record.data["number"] != 2):
        assert await probe.until_effects(2) == [("C-1", 1), ("C-1", 3)]
    async with probe.database.transaction() as connection:
        noted = await connection.execute(text("select count(*) from inbox where consumer = 'worker'"))
    assert noted.scalar_one() == 2


async def test_an_open_transaction_stalls_nobody(probe: TransportProbe, faulty: FaultyTransport) -> None:
    async with probe.consuming(faulty):
        async with probe.database.transaction("lisboa-01") as held:
            await append(held, [probe.record("held", 1)])
            for number in range(1, 51):
                await probe.publish("busy", number)
            assert await probe.until_effects(50) == [("busy", number) for number in range(1, 51)]
        assert (await probe.until_effects(51))[-1] == ("held", 1)
    assert sum(map(len, faulty.received)) == 51


async def test_what_was_rolled_back_never_comes(probe: TransportProbe) -> None:
    async def publish_and_fail() -> None:
        async with probe.database.transaction("lisboa-01") as connection:
            await append(connection, [probe.record("C-1", 1)])
            raise RuntimeError

    async with probe.consuming():
        with pytest.raises(RuntimeError):
            await publish_and_fail()
        await probe.publish("C-1", 2)
        assert await probe.until_effects(1) == [("C-1", 2)]


async def test_records_of_a_batch_keep_their_order(probe: TransportProbe) -> None:
    await probe.publish("C-1", *range(1, 301))
    async with probe.consuming():
        assert await probe.until_effects(300) == [("C-1", number) for number in range(1, 301)]


async def test_a_large_batch_is_handled_in_parts_each_a_transaction_of_its_own(probe: TransportProbe) -> None:
    parts: list[tuple[int, int]] = []

    async def act(connection: AsyncConnection, records: Sequence[Record]) -> None:
        await probe.act(connection, records)
        transaction = await connection.scalar(text("select cast(cast(pg_current_xact_id() as text) as bigint)"))
        parts.append((transaction, len(records)))

    await probe.publish("C-1", *range(1, 8))
    async with probe.consuming(handle=act, at_once=3):
        assert await probe.until_effects(7) == [("C-1", number) for number in range(1, 8)]
    assert [size for _, size in parts] == [3, 3, 1]
    assert len({transaction for transaction, _ in parts}) == 3


async def test_a_stop_is_heard_between_the_parts_and_the_rest_comes_again(probe: TransportProbe) -> None:
    stop = asyncio.Event()

    async def act(connection: AsyncConnection, records: Sequence[Record]) -> None:
        await probe.act(connection, records)
        stop.set()

    await probe.publish("C-1", *range(1, 6))
    consumer = Consumer("worker", (TASKS_TOPIC,), {CREATED}, act, at_once=2)
    await consume(probe.open(), probe.database, probe.clock, consumer, stop)
    assert [number for _, number in await probe.effects()] == [1, 2]
    async with probe.consuming():
        assert [number for _, number in await probe.until_effects(5)] == [1, 2, 3, 4, 5]


async def test_each_consumer_sees_everything_from_the_oldest_record(probe: TransportProbe) -> None:
    await probe.publish("C-1", 1, 2)
    async with probe.consuming(name="worker"):
        await probe.until_effects(2)
        async with probe.consuming(name="notifier"):
            assert await probe.until_effects(4) == [("C-1", 1), ("C-1", 2)] * 2


async def test_other_types_and_topics_are_passed_over(probe: TransportProbe) -> None:
    strange = new_record(TASKS_TOPIC, "handoff.task.dreamt.v9", "lisboa-01", "C-1", probe.clock(), {"number": 1})
    elsewhere = new_record(SLA_TOPIC, "handoff.task.created.v1", "lisboa-01", "C-1", probe.clock(), {"number": 2})
    async with probe.consuming():
        async with probe.database.transaction("lisboa-01") as connection:
            await append(connection, [strange, elsewhere, probe.record("C-1", 3)])
        assert await probe.until_effects(1) == [("C-1", 3)]


async def test_a_reader_that_names_types_receives_no_others(probe: TransportProbe, faulty: FaultyTransport) -> None:
    """So many that more than one batch has to be looked through."""
    others = [
        new_record(TASKS_TOPIC, "handoff.task.updated.v1", "lisboa-01", "C-1", probe.clock(), {"number": number})
        for number in range(2 * BATCH)
    ]
    async with probe.database.transaction("lisboa-01") as connection:
        await append(connection, [*others, probe.record("C-1", 1), others[0], probe.record("C-1", 2)])
    async with faulty.subscribe("worker", [TASKS_TOPIC], {CREATED}) as subscription:
        async with asyncio.timeout(60):
            while sum(map(len, faulty.received)) < 2:
                await subscription.receive(timedelta(seconds=1))
    assert [record.data["number"] for batch in faulty.received for record in batch] == [1, 2]


async def test_a_record_comes_as_it_was_published(probe: TransportProbe, faulty: FaultyTransport) -> None:
    record = new_record(
        TASKS_TOPIC,
        "handoff.task.created.v1",
        "lisboa-01",
        "C-1",
        probe.clock(),
        {"number": 1, "why": {"à": [1.5]}},
        "E-1",
    )
    async with probe.database.transaction("lisboa-01") as connection:
        await append(connection, [record])
    async with faulty.subscribe("worker", [TASKS_TOPIC]) as subscription:
        async with asyncio.timeout(60):
            while not faulty.received:
                await subscription.receive(timedelta(seconds=1))
    assert faulty.received == [(record,)]
