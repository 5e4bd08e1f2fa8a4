"""The AsyncAPI 3.0 document: the topics as those see them who read along."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from shared.messaging.bus import dead_topic
from shared.messaging.retention import RECORDS_KEPT
from shared.record_shapes import (
    CONTENT_TYPE,
    HEADERS,
    KEY,
    RecordType,
    headers_of,
    record_types,
    schemas,
)
from shared.vocabulary import BUS_TOPICS

VERSION: Final = "3.0.0"

_REF: Final = "#/components/schemas/{model}"
_HEADERS: Final = "CloudEventHeaders"
_KEYED: Final = "keyed"
_BINDING: Final = "0.5.0"
_ABOUT: Final = (
    "What Handoff publishes on Kafka where brokers are set: CloudEvents 1.0 in binary mode, at least once, those of"
    " one key in the order of their commits. Drop repeats by `ce_source` and `ce_id`; leave members and types alone"
    " that you do not know. The topics are made with as many replicas as there are brokers, at most three."
)


def describe(title: str, version: str, partitions: int) -> dict[str, Any]:
    """The document of an installation whose topics are made with so many partitions.

    No servers: where the brokers are is nobody's business who has no key.
    """
    types = record_types()
    return {
        "asyncapi": VERSION,
        "info": {"title": title, "version": version, "description": _ABOUT},
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic: _channel(topic, kept, partitions, types) for topic, kept in _topics()},
        "operations": {f"publish.{topic}": _operation(topic, types) for topic, _ in _topics()},
        "components": {
            "messages": {one.type: _message(one) for one in types},
            "messageBindings": {_KEYED: {"kafka": {"key": KEY, "bindingVersion": _BINDING}}},
            "schemas": {_HEADERS: HEADERS, **schemas(_REF)},
        },
    }


def _topics() -> Iterator[tuple[str, timedelta]]:
    # the module loads a Kafka client, which the API needs for nothing else
    from shared.messaging.topics import DEAD_KEPT

    for topic in BUS_TOPICS:
        yield topic, RECORDS_KEPT
        yield dead_topic(topic), DEAD_KEPT


def _channel(topic: str, kept: timedelta, partitions: int, types: Sequence[RecordType]) -> dict[str, Any]:
    from shared.messaging.kafka_settings import MESSAGE_BYTES

    settings = {
        "cleanup.policy": ["delete"],
        "retention.ms": kept // timedelta(milliseconds=1),
        "max.message.bytes": MESSAGE_BYTES,
    }
    kafka = {"partitions": partitions, "topicConfiguration": settings, "bindingVersion": _BINDING}
    return {
        "address": topic,
        "messages": {one.type: {"$ref": f"#/components/messages/{one.type}"} for one in _published(topic, types)},
        "bindings": {"kafka": kafka},
    }


def _operation(topic: str, types: Sequence[RecordType]) -> dict[str, Any]:
    channel = f"#/channels/{topic}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{one.type}"} for one in _published(topic, types)],
    }


def _published(topic: str, types: Sequence[RecordType]) -> list[RecordType]:
    return [one for one in types if topic in one.topics]


def _message(one: RecordType) -> dict[str, Any]:
    payload: dict[str, Any] = {"$ref": _REF.format(model=one.shape)}
    return {
        "name": one.type,
        "summary": one.summary,
        "contentType": CONTENT_TYPE,
        "headers": headers_of(one.type, _REF.format(model=_HEADERS)),
        "payload": {"allOf": [payload, one.narrowed]} if one.narrowed else payload,
        "bindings": {"$ref": f"#/components/messageBindings/{_KEYED}"},
    }
