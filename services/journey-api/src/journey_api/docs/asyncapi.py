"""The AsyncAPI 3.0 document: the topics as those see them who read along."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from journey_api.docs.event_schemas import CONTENT_TYPE, HEADERS, KEY, RecordType, headers_of, record_types, schemas
from shared.messaging.bus import dead_topic
from shared.messaging.retention import RECORDS_KEPT
from shared.playbook.ruleset.entries import Playbook
from shared.vocabulary import BUS_TOPICS, JOURNEY_TOPIC, NOTIFICATIONS_TOPIC, SLA_TOPIC, TASKS_TOPIC

VERSION: Final = "3.0.0"

_REF: Final = "#/components/schemas/{model}"
_HEADERS: Final = "CloudEventHeaders"
_KEYED: Final = "keyed"
_BINDING: Final = "0.5.0"
_TOPICS: Final = {
    JOURNEY_TOPIC: "Journey events as accepted, and contacts as recorded.",
    TASKS_TOPIC: "Every change of a task.",
    SLA_TOPIC: "What clocks have to tell, and what else is due.",
    NOTIFICATIONS_TOPIC: "What becomes of messages to customers and staff.",
    **{dead_topic(topic): f"What a consumer of `{topic}` gave up." for topic in BUS_TOPICS},
}
_HERE: Final = "http://localhost"
_DOMAIN: Final = re.compile(r"[a-z0-9.-]+\.[a-z]{2,}")
_NO_DOMAIN: Final = "localhost.localdomain"
_INFO: Final[dict[str, Any]] = {
    "license": {"name": "All rights reserved"},
    "tags": [{"name": "records", "description": "What has happened, in the order of each customer."}],
}
_BROKERS: Final[dict[str, Any]] = {
    "host": "{bootstrap}",
    "protocol": "kafka",
    "description": "The brokers of the installation, as its operators say.",
    "variables": {"bootstrap": {"description": "An address of `HANDOFF_KAFKA_BOOTSTRAP_SERVERS`, host and port."}},
}
_ABOUT: Final = (
    "What Handoff publishes on Kafka where brokers are set: CloudEvents 1.0 in binary mode, at least once, those of"
    " one key in the order of their commits. Drop repeats by `ce_source` and `ce_id`; leave members and types alone"
    " that you do not know. The topics are made with as many replicas as there are brokers, at most three."
)


def describe(title: str, version: str, partitions: int, playbook: Playbook, public_url: str = "") -> dict[str, Any]:
    """The document of an installation whose topics are made with so many partitions.

    Its server has no address: where the brokers are is nobody's business who has no key.
    """
    types = record_types()
    return {
        "asyncapi": VERSION,
        "info": {"title": title, "version": version, "description": _ABOUT, "contact": _contact(public_url), **_INFO},
        "defaultContentType": CONTENT_TYPE,
        "servers": {"brokers": _BROKERS},
        "channels": {topic: _channel(topic, partitions, types) for topic in _TOPICS},
        "operations": {f"publish.{topic}": _operation(topic, types) for topic in _TOPICS},
        "components": {
            "messages": {one.type: _message(one) for one in types},
            "messageBindings": {_KEYED: {"kafka": {"key": KEY, "bindingVersion": _BINDING}}},
            "schemas": {_HEADERS: HEADERS, **schemas(_REF, playbook)},
        },
    }


def _contact(public_url: str) -> dict[str, str]:
    """Who runs the installation: the postmaster of its host, whom every domain has (RFC 2142)."""
    host = urlsplit(public_url).hostname or ""
    domain = host if _DOMAIN.fullmatch(host) else _NO_DOMAIN
    return {"name": "Handoff", "url": public_url or _HERE, "email": f"postmaster@{domain}"}


def _channel(topic: str, partitions: int, types: Sequence[RecordType]) -> dict[str, Any]:
    return {
        "address": topic,
        "summary": _TOPICS[topic],
        "messages": {one.type: {"$ref": f"#/components/messages/{one.type}"} for one in _published(topic, types)},
        "bindings": {"kafka": {"partitions": partitions, **_settings(topic), "bindingVersion": _BINDING}},
    }


def _settings(topic: str) -> dict[str, Any]:
    # they load a Kafka client, which the API needs for nothing else
    from shared.messaging.kafka.settings import MESSAGE_BYTES
    from shared.messaging.kafka.topics import DEAD_KEPT

    kept = RECORDS_KEPT if topic in BUS_TOPICS else DEAD_KEPT
    settings = {
        "cleanup.policy": ["delete"],
        "retention.ms": kept // timedelta(milliseconds=1),
        "max.message.bytes": MESSAGE_BYTES,
    }
    return {"topicConfiguration": settings}


def _operation(topic: str, types: Sequence[RecordType]) -> dict[str, Any]:
    channel = f"#/channels/{topic}"
    return {
        "action": "send",
        "description": f"Handoff publishes. {_TOPICS[topic]}",
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
