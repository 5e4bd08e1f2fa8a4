"""What only the PostgreSQL form has: wake-up calls, positions bound to a server, journey events joined in."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Row, insert, text
from sqlalchemy.exc import DBAPIError
from transport_probe import CREATED, FaultyTransport, TransportProbe

from harness.bus_records import journey_record
from harness.listening_backends import end_listeners, listening_backends
from shared.db.schema import event_intake, journey_event
from shared.messaging.outbox import WAKE_UP, append
from shared.messaging.postgres import outbox_reader, stored_position
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.transport import PostgresTransport
from shared.process.transient_errors import is_outage
from shared.vocabulary import JOURNEY_TOPIC

pytestmark = [pytest.mark.database, pytest.mark.parametrize("probe", ["postgres"], indirect=True)]


async def _position(probe: TransportProbe) -> Row[Any]:
    async with probe.database.transaction() as connection:
        return (await connection.execute(text("select * from consumer_position"))).one()


async def _change_position(probe: TransportProbe, assignment: str) -> None:
    async with probe.database.transaction() as connection:
        await connection.execute(text(f"update consumer_position set {assignment}"))


@pytest.mark.parametrize(
    "change",
    ["system_identifier = 'another'", "timeline = timeline + 1", "snapshot = '9000000000:9000000000:'"],
)
async def test_after_a_restore_all_comes_again_with_no_new_effect(
    probe: TransportProbe, faulty: FaultyTransport, change: str
) -> None:
    await probe.publish("C-1", 1, 2, 3)
    async with probe.consuming():
        await probe.until_effects(3)
    await _change_position(probe, change)
    await probe.publish("C-1", 4)
    async with probe.consuming(faulty):
        assert await probe.until_effects(4) == [("C-1", number) for number in (1, 2, 3, 4)]
    assert [record.data["number"] for records in faulty.received for record in records] == [1, 2, 3, 4]
    position = await _position(probe)
    assert (position.system_identifier.isdigit(), position.timeline) == (True, 1)


async def test_records_loaded_from_a_dump_come_though_their_transactions_lie_ahead(probe: TransportProbe) -> None:
    await probe.publish("C-1", *range(1, 701))
    async with probe.owner.transaction() as connection:
        await connection.execute(text("update outbox set xid = '9000000000'"))
    async with probe.consuming():
        assert len(await probe.until_effects(700)) == 700
        await probe.publish("C-1", 701)
        assert (await probe.until_effects(701))[-1] == ("C-1", 701)


async def test_an_untouched_position_goes_on_where_it_stood(probe: TransportProbe, faulty: FaultyTransport) -> None:
    await probe.publish("C-1", 1)
    async with probe.consuming():
        await probe.until_effects(1)
    await probe.publish("C-1", 2)
    async with probe.consuming(faulty):
        await probe.until_effects(2)
    assert [record.data["number"] for records in faulty.received for record in records] == [2]


async def _rows(probe: TransportProbe, table: str) -> int:
    async with probe.database.transaction() as connection:
        return int((await connection.execute(text(f"select count(*) from {table}"))).scalar_one())


async def test_small_batches_share_one_storing_of_the_position(
    probe: TransportProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_position, "_STORE_WITHIN", 3600)
    async with probe.consuming():
        for number in (1, 2, 3):
            await probe.publish("C-1", number)
            await probe.until_effects(number)
        assert await _rows(probe, "consumer_position") == 0
    assert await _rows(probe, "consumer_position") == 1


async def test_the_position_is_stored_while_a_reader_rests(
    probe: TransportProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_position, "_STORE_WITHIN", 0.1)

    async def stored() -> bool:
        return await _rows(probe, "consumer_position") == 1

    async with probe.consuming():
        await probe.publish("C-1", 1)
        await probe.until(stored)


async def test_what_a_killed_reader_has_not_stored_comes_again_without_effect(
    probe: TransportProbe, faulty: FaultyTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_position, "_STORE_WITHIN", 3600)
    mortal = FaultyTransport(probe.open())
    async with probe.consuming(mortal):
        await probe.publish("C-1", 1)
        await probe.until_effects(1)
        await probe.kill_reader("worker")
        mortal.dead = True
    assert await _rows(probe, "consumer_position") == 0
    await probe.publish("C-1", 2)
    async with probe.consuming(faulty):
        assert await probe.until_effects(2) == [("C-1", 1), ("C-1", 2)]
    assert [record.data["number"] for records in faulty.received for record in records] == [1, 2]


async def test_a_wake_up_call_spares_the_wait(probe: TransportProbe, listener: NotifyListener) -> None:
    slow = PostgresTransport(probe.database, listener, poll=timedelta(hours=1))
    async with slow.subscribe("worker", ["handoff.tasks.v1"]) as subscription:
        assert (await subscription.receive(timedelta(0))).records == ()
        waiting = asyncio.create_task(subscription.receive(timedelta(hours=1)))
        await probe.publish("C-1", 1)
        async with asyncio.timeout(60):
            batch = await waiting
    assert [record.data["number"] for record in batch.records] == [1]
    assert timedelta(0) <= batch.waited < timedelta(seconds=60)


async def test_a_broken_connection_is_not_waited_on(probe: TransportProbe, listener: NotifyListener) -> None:
    slow = PostgresTransport(probe.database, listener, poll=timedelta(hours=1))
    async with slow.subscribe("worker", ["handoff.tasks.v1"]) as subscription:
        assert (await subscription.receive(timedelta(0))).records == ()
        waiting = asyncio.create_task(subscription.receive(timedelta(hours=1)))
        await probe.kill_reader("worker")
        async with asyncio.timeout(60):
            with pytest.raises(DBAPIError) as lost:
                await waiting
    assert is_outage(lost.value)


async def test_a_wake_up_call_for_other_types_wakes_nobody(probe: TransportProbe, listener: NotifyListener) -> None:
    slow = PostgresTransport(probe.database, listener, poll=timedelta(hours=1))
    topics, accepted, created = ["handoff.tasks.v1"], {"handoff.task.accepted.v1"}, {CREATED}
    heard = asyncio.Event()
    async with (
        slow.subscribe("worker", topics, accepted) as subscription,
        slow.subscribe("another", topics, created) as other,
        asyncio.timeout(60),
    ):
        listener.set_on({"handoff_heard": heard})
        await heard.wait()
        assert (await subscription.receive(timedelta(0))).records == ()
        assert (await other.receive(timedelta(0))).records == ()
        reader = subscription._reader
        await probe.publish("C-1", 1)
        async with probe.database.transaction() as connection:
            await connection.execute(
                text("select pg_notify('handoff_outbox', 'handoff.tasks.v1 handoff.task.accepted.v1')")
            )
        await reader._call.woken.wait()
        reader._call.answer()
        await probe.publish("C-1", 2)
        batch = await other.receive(timedelta(hours=1))
        assert [record.data["number"] for record in batch.records] == [1, 2]
        # what comes after it on the same connection has been heard, so it was too
        heard.clear()
        async with probe.database.transaction() as connection:
            await connection.execute(text("select pg_notify('handoff_heard', '')"))
        await heard.wait()
        assert not reader._call.woken.is_set()


async def _publish(probe: TransportProbe, type_: str, number: int) -> None:
    async with probe.database.transaction() as connection:
        await append(connection, [replace(probe.record("C-1", number), type=type_)])


async def test_patient_records_wait_for_those_that_follow(
    probe: TransportProbe, listener: NotifyListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_reader, "_FOLLOWED_WITHIN", 3600)
    patient = PostgresTransport(probe.database, listener, poll=timedelta(hours=1), patient={"patient"})
    listening, heard = asyncio.Event(), asyncio.Event()
    async with patient.subscribe("worker", ["handoff.tasks.v1"]) as subscription, asyncio.timeout(60):
        listener.set_on({WAKE_UP: heard, "handoff_heard": listening})
        await listening.wait()
        assert (await subscription.receive(timedelta(0))).records == ()
        receiving = asyncio.create_task(subscription.receive(timedelta(hours=1)))
        heard.clear()
        await _publish(probe, "patient", 1)
        await heard.wait()
        assert not subscription._reader._call.woken.is_set()
        await _publish(probe, CREATED, 2)
        assert [record.data["number"] for record in (await receiving).records] == [1, 2]


async def test_patient_records_that_nothing_follows_come_a_moment_later(
    probe: TransportProbe, listener: NotifyListener
) -> None:
    patient = PostgresTransport(probe.database, listener, poll=timedelta(hours=1), patient={"patient"})
    async with patient.subscribe("worker", ["handoff.tasks.v1"]) as subscription, asyncio.timeout(60):
        for number in range(3):
            receiving = asyncio.create_task(subscription.receive(timedelta(hours=1)))
            await _publish(probe, "patient", number)
            assert [record.data["number"] for record in (await receiving).records] == [number]


async def test_what_was_published_before_anybody_listened_is_looked_for(probe: TransportProbe) -> None:
    late = NotifyListener(probe.database)
    slow, stop = PostgresTransport(probe.database, late, poll=timedelta(hours=1)), asyncio.Event()
    async with slow.subscribe("worker", ["handoff.tasks.v1"]) as subscription, asyncio.timeout(60):
        assert (await subscription.receive(timedelta(0))).records == ()
        await probe.publish("C-1", 1)
        assert (await subscription.receive(timedelta(milliseconds=50))).records == ()
        listening = asyncio.create_task(late.run(stop))
        batch = await subscription.receive(timedelta(hours=1))
        stop.set()
        await listening
    assert [record.data["number"] for record in batch.records] == [1]


async def test_the_connection_that_listens_breaks_while_records_come(
    probe: TransportProbe, listener: NotifyListener
) -> None:
    slow = PostgresTransport(probe.database, listener, poll=timedelta(hours=1))
    received: list[int] = []
    broken = asyncio.Event()
    async with slow.subscribe("worker", ["handoff.tasks.v1"]) as subscription:

        async def receive(count: int) -> None:
            async with asyncio.timeout(60):
                while len(received) < count:
                    batch = await subscription.receive(timedelta(hours=1))
                    received.extend(record.data["number"] for record in batch.records)

        listener.set_on({"handoff_heard": broken})
        for number in range(0, 40, 2):
            await probe.publish("C-1", number)
            await receive(number + 1)
            receiving = asyncio.create_task(receive(number + 2))
            broken.clear()
            await probe.until(partial(end_listeners, probe.owner))
            async with asyncio.timeout(60):
                await broken.wait()
            await probe.publish("C-1", number + 1)
            await receiving
    assert received == list(range(40))


async def test_a_reader_listens_on_the_connection_of_its_process_alone(
    probe: TransportProbe, listener: NotifyListener
) -> None:
    heard = asyncio.Event()
    async with probe.open().subscribe("worker", ["handoff.tasks.v1"]) as subscription, asyncio.timeout(60):
        listener.set_on({"handoff_heard": heard})
        await heard.wait()
        assert len(await listening_backends(probe.owner)) == 1
        connection = subscription._reader._connection
        assert (await connection.execute(text("select pg_listening_channels()"))).all() == []


async def test_a_record_is_found_without_its_wake_up_call(probe: TransportProbe) -> None:
    async with probe.consuming():
        await probe.publish("C-1", 1)
        await probe.until_effects(1)
        async with probe.database.transaction("lisboa-01") as connection:
            await connection.execute(
                text(
                    "insert into outbox (dealer_id, topic, key, record_id, type, source, occurred_at, payload)"
                    " select dealer_id, topic, key, 'silent', type, source, occurred_at, '{\"number\": 2}' from outbox"
                )
            )
        assert await probe.until_effects(2) == [("C-1", 1), ("C-1", 2)]


async def test_who_waits_for_its_turn_receives_nothing(probe: TransportProbe) -> None:
    transport = probe.open()
    topics = ["handoff.tasks.v1"]
    await probe.publish("C-1", 1)
    async with transport.subscribe("worker", topics) as holder, transport.subscribe("worker", topics) as waiting:
        assert len((await holder.receive(timedelta(seconds=5))).records) == 1
        assert (await waiting.receive(timedelta(0))).records == ()
        await waiting.store_position()
        assert await _rows(probe, "consumer_position") == 0
        await holder.store_position()
    assert await _rows(probe, "consumer_position") == 1


async def test_a_journey_record_carries_the_event_without_what_is_personal(probe: TransportProbe) -> None:
    data = {"dealer_id": "lisboa-01", "customer_id": "C-1", "step": 13, "occurrences": ["repair_completed"]}
    now = probe.clock()
    async with probe.database.transaction("lisboa-01") as connection:
        await connection.execute(
            insert(journey_event).values(
                event_id="E-1",
                dealer_id="lisboa-01",
                source="/dms",
                id="1",
                customer_id="C-1",
                occurred_at=now,
                received_at=now,
                intent="live",
                data=data,
                content_hash=b"",
            )
        )
        await connection.execute(
            insert(event_intake).values(event_id="E-1", dealer_id="lisboa-01", intake={"problem": "it smokes"})
        )
        await append(connection, [journey_record("E-1", "lisboa-01", "C-1", now)])
    async with probe.open().subscribe("worker", [JOURNEY_TOPIC]) as subscription:
        (record,) = (await subscription.receive(timedelta(seconds=5))).records
    assert (record.id, record.event_id, record.source, record.type) == (
        "E-1",
        "E-1",
        "/dealers/lisboa-01",
        "handoff.journey.step.v1",
    )
    assert (record.key, record.time, record.data) == ("lisboa-01/C-1", now, data)
    async with probe.database.transaction() as connection:
        assert (await connection.execute(text("select payload from outbox"))).scalars().all() == [None]


async def test_what_records_say_comes_back_as_it_was(probe: TransportProbe) -> None:
    """Columns go to the database as joined texts: what is in them, or is not, moves nothing from its row."""
    first, second, third = (probe.record("C-1", number) for number in (1, 2, 3))
    records = [
        replace(first, data={"text": 'a\x1fb\n\u2028 "ä" \\'}),
        replace(second, event_id="E-2"),
        replace(third, data={}, event_id=None),
    ]
    async with probe.database.transaction("lisboa-01") as connection:
        await append(connection, records)
    async with probe.open().subscribe("worker", ["handoff.tasks.v1"]) as subscription:
        found = (await subscription.receive(timedelta(seconds=5))).records
    assert list(found) == records


@pytest.mark.parametrize("names", [("\x1f1", "\x1f2"), ("", "C-1"), ("",)])
async def test_a_stranger_s_key_comes_back_as_it_was(probe: TransportProbe, names: tuple[str, ...]) -> None:
    """As one does that was given up and is told of under the key it had."""
    records = [replace(probe.record("C-1", number), key=name) for number, name in enumerate(names)]
    async with probe.database.transaction("lisboa-01") as connection:
        await append(connection, records)
    async with probe.open().subscribe("worker", ["handoff.tasks.v1"]) as subscription:
        found = (await subscription.receive(timedelta(seconds=5))).records
    assert sorted(found, key=lambda record: record.key) == sorted(records, key=lambda record: record.key)


async def test_one_reader_at_a_time_and_another_after_its_death(probe: TransportProbe, faulty: FaultyTransport) -> None:
    mortal, spare = faulty, probe.open()
    async with probe.consuming(mortal, handle=partial(probe.act, who="first")):
        await probe.publish("C-1", 1)
        await probe.until_effects(1)
        async with probe.consuming(spare, handle=partial(probe.act, who="second")):
            for number in range(2, 31):
                await probe.publish("C-1", number)
            await probe.until_effects(30)
            assert await probe.actors() == ["first"] * 30
            await probe.kill_reader("worker")
            mortal.dead = True
            await probe.publish("C-1", 31)
            await probe.until_effects(31)
            assert await probe.actors() == ["first"] * 30 + ["second"]


@pytest.mark.parametrize("before", [0, 1], ids=["from the beginning", "from where it stood"])
async def test_a_backlog_comes_in_full_batches(probe: TransportProbe, faulty: FaultyTransport, before: int) -> None:
    if before:
        await probe.publish("C-1", 0)
        async with probe.consuming():
            await probe.until_effects(1)
    faulty.losing = {2}
    for first in range(1, 1700, 100):
        await probe.publish("C-1", *range(first, first + 100))
    async with probe.consuming(faulty):
        await probe.until_effects(before + 1700)
    starts = [(records[0].data["number"], len(records)) for records in faulty.received]
    assert starts == [(1, 500), (501, 500), (501, 500), (1001, 500), (1501, 200)]
