"""What has been published, beside what the AsyncAPI document says of it."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import text

from harness.bus_records import to_message
from harness.json_schema import faults, resolve
from journey_api.docs.asyncapi import describe
from shared.db.engine import Database
from shared.messaging.bus import Record
from shared.messaging.kafka.message_format import Message
from shared.playbook.ruleset.loader import load_playbook

_PUBLISHED = text(
    """
    select o.*, e.data as event_data from outbox o left join journey_event e on e.event_id = o.event_id
     order by o.seq
    """
)


@cache
def document() -> dict[str, Any]:
    """The document of an installation as it comes."""
    return describe("Handoff", "1.0.0", 12, load_playbook())


def described(topic: str) -> set[str]:
    """The types the document says come on a topic."""
    return set(document()["channels"][topic]["messages"])


async def published(database: Database) -> list[Record]:
    """Every record of the outbox, in order, as a transport hands it over."""
    async with database.transaction() as connection:
        rows = (await connection.execute(_PUBLISHED)).all()
    return [
        Record(
            row.topic,
            row.key,
            row.dealer_id,
            row.record_id,
            row.type,
            row.source,
            row.occurred_at,
            row.event_data if row.payload is None else row.payload,
            row.event_id,
        )
        for row in rows
    ]


def undescribed(records: Sequence[Record]) -> list[str]:
    """Where headers, key or data of these records are not as described, or have members that nothing describes."""
    return [f"{record.type}{fault}" for record in records for fault in message_faults(record, to_message(record))]


def message_faults(record: Record, message: Message) -> list[str]:
    """The same of one message."""
    channel = document()["channels"].get(record.topic, {"messages": {}})
    if record.type not in channel["messages"]:
        return [f": not described on {record.topic}"]
    told = resolve(document(), channel["messages"][record.type]["$ref"])
    bindings = resolve(document(), told["bindings"]["$ref"])
    headers = {name: (value or b"").decode() for name, value in message.headers}
    parts = (
        (told["headers"], headers, "headers"),
        (bindings["kafka"]["key"], (message.key or b"").decode(), "key"),
        (told["payload"], json.loads(message.value or b""), "data"),
    )
    return [
        f" {fault}" for schema, value, at in parts for fault in faults(document(), schema, value, closed=True, at=at)
    ]
