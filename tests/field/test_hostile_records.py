"""No record stops a consumer: what it cannot take is a dead letter with its reason, and later records are handled."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import func, select

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, Dealership
from harness.described_records import document
from harness.json_schema import resolve
from harness.service_loops import service_loops
from journey_api.feeds.poller import WRITER
from shared.clock import real_now
from shared.db.engine import Database
from shared.db.schema import dead_letter, inbox
from shared.messaging.bus import Batch, Record, new_record
from shared.messaging.consumer import Consumer, consume

pytestmark = pytest.mark.database
DEALER: Final = "lisboa-01"
CONSUMERS: Final = (
    "handoff-worker",
    "handoff-worker-offers",
    "handoff-worker-triggers",
    "notifier",
)
DATA: Final[Mapping[str, Any]] = {
    "nothing": {},
    "members of another type": "number",
    "members that are lists": "list",
    "members that are null": "null",
    "members of a later version": "more",
    "ids that nobody has": "unknown",
    "instants that are none": "instants",
}

EACH: Final = 3
"""Of the kinds of data every third comes with a type, with the next type those after them."""


@dataclass
class Once:
    """A transport that hands some records over once, and then stops the reader."""

    records: Sequence[Record]
    stop: asyncio.Event

    @asynccontextmanager
    async def subscribe(self, *_: Any) -> AsyncIterator["Once"]:
        """A turn."""
        yield self

    async def receive(self, max_wait: timedelta) -> Batch:
        """All of them, then none."""
        batch, self.records = Batch(self.records), ()
        return batch

    async def store_position(self) -> None:
        """Everything was handled."""
        self.stop.set()


def sample(schema: Mapping[str, Any], how: str, name: str = "") -> Any:
    """A value that a schema describes, save for what `how` says of its leaves."""
    schema = resolve(document(), schema["$ref"]) if "$ref" in schema else schema
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return sample(schema[choice][0], how, name)
    if "properties" in schema:
        made = {key: sample(part, how, key) for key, part in schema["properties"].items()}
        return made | ({"zz_later": {"a": [1]}, "version": 99, "specversion": "2.0"} if how == "more" else {})
    if how in _LEAVES and (how != "instants" or schema.get("format") == "date-time"):
        return _LEAVES[how]
    return _good(schema, how, name)


_LEAVES: Final[Mapping[str, Any]] = {
    "number": 17,
    "list": [[]],
    "null": None,
    "instants": "9999-99-99T00:00",
}


def _good(schema: Mapping[str, Any], how: str, name: str) -> Any:
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if kind == "array":
        return []
    if kind == "object":
        return {}
    if kind in ("integer", "number", "boolean"):
        return 1 if kind != "boolean" else True
    if schema.get("format") == "date-time":
        return "2026-11-23T10:00:00Z"
    known = {"dealer_id": DEALER, "customer_id": CUSTOMER, "case_id": CASE}
    return f"{name}-of-nobody" if how == "unknown" else known.get(name, f"{name}-1")


def hostile(consumer: Consumer, clock: MovableClock) -> Iterator[Record]:
    """Records of every type the consumer reads, with each kind of data."""
    turn = 0
    for topic in consumer.topics:
        messages = document()["channels"].get(topic, {"messages": {}})["messages"]
        for kind in sorted(set(consumer.types) & set(messages)):
            told = resolve(document(), messages[kind]["$ref"])
            turn += 1
            for number, data in enumerate(list(DATA.values())[turn % EACH :: EACH]):
                made = sample(told["payload"], data) if isinstance(data, str) else data
                record = new_record(topic, kind, DEALER, CUSTOMER, clock(), {})
                yield replace(record, data=made, event_id="of-nobody" if number % 2 else None)


@pytest.mark.parametrize("name", [*CONSUMERS, WRITER.name])
async def test_of_every_type_with_every_kind_of_data(name: str, database: Database, clock: MovableClock) -> None:
    await Dealership(database, clock).open_with_case()
    loops = service_loops(database, clock, {}, real_now)
    (consumer,) = (one for one in (*loops.consumers, WRITER) if one.name == name)
    records = list(hostile(consumer, clock))
    assert len(records) >= 2
    stop = asyncio.Event()
    async with asyncio.timeout(600):
        await consume(Once(records, stop), database, clock, consumer, stop)
    async with database.transaction(DEALER) as connection:
        noted = await connection.scalar(select(func.count()).where(inbox.c.consumer == name))
        dead = (await connection.execute(select(dead_letter).where(dead_letter.c.consumer == name))).all()
    assert noted + sum(passed_over(consumer, record) for record in records) == len(records)
    assert all(letter.reason and letter.tries == 3 for letter in dead)


def passed_over(consumer: Consumer, record: Record) -> bool:
    """Whether the consumer wants nothing of a record that it can read."""
    try:
        return not consumer.wants(record)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
