"""Records as Kafka messages and back: the CloudEvents Kafka protocol binding, binary content mode.

Attributes are headers `ce_*`, our own among them as extensions (`ce_dealerid`, `ce_eventid`, `ce_partitionkey`); the
message's key is the record's, its value the record's data as JSON.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json, to_json

from shared.finite_numbers import holds_infinity
from shared.messaging.bus import Record
from shared.messaging.postgres.stored_record import StoredRecord

_LONGEST: Final = 1280
"""Bytes of a key or attribute: two longer ones could not be stored in an index, which recognises repeats by two."""
_MEDIA_TYPE: Final = b"application/json"


class Unreadable(ValueError):
    """A message that is none of our records; the text says what is wrong with it and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a client sends and receives of a record, beside the topic."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def message_of(record: Record | StoredRecord, value: bytes) -> Message:
    """The record as a message, given its data as JSON."""
    attributes = {
        "specversion": "1.0",
        "id": record.id,
        "source": record.source,
        "type": record.type,
        "time": record.time.isoformat(),
        "dealerid": record.dealer_id,
        "partitionkey": record.key,
    }
    if record.event_id is not None:
        attributes["eventid"] = record.event_id
    headers = [("content-type", _MEDIA_TYPE), *((f"ce_{name}", value.encode()) for name, value in attributes.items())]
    return Message(record.key.encode(), value, headers)


def to_record(topic: str, message: Message) -> Record:
    """The record of a message on a topic (our name of it). Raises Unreadable, whatever the bytes are."""
    attributes = _attributes(message.headers)
    if _needed(attributes, "specversion") != "1.0":
        raise Unreadable("another version of CloudEvents than 1.0")
    return Record(
        topic=topic,
        key=_text(message.key, "key") if message.key is not None else _needed(attributes, "partitionkey"),
        dealer_id=_needed(attributes, "dealerid"),
        id=_needed(attributes, "id"),
        type=_needed(attributes, "type"),
        source=_needed(attributes, "source"),
        time=_time(_needed(attributes, "time")),
        data=_data(message.value),
        event_id=attributes.get("eventid"),
    )


def is_other(message: Message, types: Collection[str]) -> bool:
    """Whether a message says that it is of a type that is not among these."""
    record_type = next((value for name, value in message.headers if name == "ce_type"), None)
    if not record_type:
        return False
    return record_type.decode(errors="replace") not in types


def _attributes(headers: Sequence[tuple[str, bytes | None]]) -> Mapping[str, str]:
    return {name.removeprefix("ce_"): _text(value, name) for name, value in headers if name.startswith("ce_") and value}


def _needed(attributes: Mapping[str, str], name: str) -> str:
    value = attributes.get(name)
    if not value:
        raise Unreadable(f"no ce_{name}")
    return value


def _text(value: bytes, name: str) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{name} is not UTF-8") from None
    if len(value) > _LONGEST or "\0" in text:
        raise Unreadable(f"{name} is too long or holds a null character")
    return text


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("ce_time is no instant") from None
    if time.tzinfo is None:
        raise Unreadable("ce_time has no offset")
    return time


def _data(value: bytes | None) -> Mapping[str, Any]:
    try:
        data = from_json(value or b"", allow_inf_nan=False)
    except (ValueError, RecursionError):
        raise Unreadable("the value is not JSON") from None
    if not isinstance(data, dict):
        raise Unreadable("the value is no JSON object")
    if value and b"\\u0000" in value and b"\\u0000" in to_json(data).replace(rb"\\", b""):
        raise Unreadable("the value holds a null character, which cannot be stored")
    if holds_infinity(data):
        raise Unreadable("the value holds a number beyond every number, which cannot be stored")
    return data
