"""No record holds a consumer for long, whatever stands in whichever field of whichever topic: made of the AsyncAPI."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from pydantic_core import from_json, to_json
from test_hostile_records import CONSUMERS, CUSTOMER, DEALER, sample

from harness.clocks import MovableClock
from harness.cpu_share import CpuShare
from harness.dealership import Dealership
from harness.described_records import document
from harness.extreme_requests import Place, fields_of, with_value
from harness.extreme_values import extremes
from harness.json_schema import resolve
from harness.service_loops import service_loops
from journey_api.feeds.poller import WRITER
from shared.clock import real_now
from shared.db.engine import Database
from shared.messaging.bus import Record, new_record
from shared.messaging.consumer import Consumer

pytestmark = pytest.mark.database
MOST: Final = 3.0
"""Units of CPU: 60 ms where nothing else runs, and 100 ms are the most."""

SHORT, LONG, SOME = 20_000, 900_000, 3


@pytest.mark.parametrize("name", [*CONSUMERS, WRITER.name])
async def test_of_every_field(
    name: str, services_database: Database, clock: MovableClock, spared_collector: None
) -> None:
    """Of the extremes of a field every third, of the next field those after them."""
    consumer = await _consumer(name, services_database, clock)
    fields = list(_fields_with_extremes(consumer, clock, SHORT))
    assert len(fields) >= 20
    tried = (
        (record, place, value)
        for number, (record, place, values) in enumerate(fields)
        for value in values[number % SOME :: SOME]
    )
    await _try_all(services_database, consumer, tried)


@pytest.mark.nightly
@pytest.mark.parametrize("name", [*CONSUMERS, WRITER.name])
async def test_of_every_field_with_every_extreme(
    name: str, services_database: Database, clock: MovableClock, spared_collector: None
) -> None:
    """As long as a record may be."""
    consumer = await _consumer(name, services_database, clock)
    found = _fields_with_extremes(consumer, clock, LONG)
    await _try_all(
        services_database, consumer, ((record, place, value) for record, place, values in found for value in values)
    )


async def _consumer(name: str, database: Database, clock: MovableClock) -> Consumer:
    await Dealership(database, clock).open_with_case()
    loops = service_loops(database, clock, {}, real_now)
    (consumer,) = (one for one in (*loops.consumers, WRITER) if one.name == name)
    return consumer


def _fields_with_extremes(
    consumer: Consumer, clock: MovableClock, size: int
) -> Iterator[tuple[Record, Place, list[Any]]]:
    """The fields of every type of record it reads, each with a record that has something in all others."""
    for topic in consumer.topics:
        messages = document()["channels"].get(topic, {"messages": {}})["messages"]
        for kind in sorted(set(consumer.types) & set(messages)):
            payload = resolve(document(), messages[kind]["$ref"])["payload"]
            good = replace(new_record(topic, kind, DEALER, CUSTOMER, clock(), {}), data=sample(payload, "good"))
            for place, types in fields_of(document(), payload).items():
                yield good, place, list(extremes(types, size))


async def _try_all(database: Database, consumer: Consumer, tried: Iterable[tuple[Record, Place, Any]]) -> None:
    cpu, slow = CpuShare(), []
    for record, place, value in tried:
        data = to_json(with_value(record.data, place, value))
        units = await cpu.least_units(partial(_handle, database, consumer, record, data), MOST)
        if units > MOST:
            slow.append(f"{record.type} {place}: {units:.1f} units for {str(value)[:60]}")
    assert not slow, "\n".join(slow)


async def _handle(database: Database, consumer: Consumer, record: Record, data: bytes) -> None:
    """Read its data as a transport does, and do what comes of it; nothing of that is kept, nor what it fails with."""
    async with database.engine.connect() as connection:
        try:
            again = replace(record, data=from_json(data))
            if consumer.wants(again):
                await consumer.handle(connection, [again])
        except Exception:
            return
        finally:
            await connection.rollback()
