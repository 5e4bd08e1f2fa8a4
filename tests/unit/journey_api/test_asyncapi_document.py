"""The AsyncAPI document keeps to the specification, version 3.0.0: members, references, schemas, names."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from harness.json_schema import malformed, resolve
from journey_api.docs.asyncapi import describe
from journey_api.docs.event_schemas import record_types
from shared.messaging.kafka.relay import RELAYED_TOPICS
from shared.messaging.kafka.settings import MESSAGE_BYTES
from shared.messaging.kafka.topics import DEAD_KEPT
from shared.messaging.retention import RECORDS_KEPT
from shared.playbook.ruleset.loader import load_playbook

PARTITIONS = 7
DOCUMENT = describe("Handoff", "1.0.0", PARTITIONS, load_playbook())
COMPONENT_KEY = re.compile(r"[A-Za-z0-9.\-_]+")

Members = tuple[set[str], set[str]]
"""Of an object of the specification: the members it must have, and those it may have."""

ROOT: Members = ({"asyncapi", "info"}, {"id", "servers", "defaultContentType", "channels", "operations", "components"})
INFO: Members = (
    {"title", "version"},
    {"description", "termsOfService", "contact", "license", "tags", "externalDocs"},
)
CHANNEL: Members = (
    set(),
    {
        *("address", "messages", "title", "summary", "description", "servers", "parameters", "tags", "externalDocs"),
        "bindings",
    },
)
OPERATION: Members = (
    {"action", "channel"},
    {
        *("title", "summary", "description", "security", "tags", "externalDocs", "bindings", "traits", "messages"),
        "reply",
    },
)
MESSAGE: Members = (
    set(),
    {
        *("headers", "payload", "correlationId", "contentType", "name", "title", "summary", "description", "tags"),
        *("externalDocs", "bindings", "examples", "traits"),
    },
)
COMPONENTS: Members = (
    set(),
    {
        *("schemas", "servers", "channels", "operations", "messages", "securitySchemes", "serverVariables"),
        *("parameters", "correlationIds", "replies", "replyAddresses", "externalDocs", "tags", "operationTraits"),
        *("messageTraits", "serverBindings", "channelBindings", "operationBindings", "messageBindings"),
    },
)
KAFKA_CHANNEL: Members = (set(), {"topic", "partitions", "replicas", "topicConfiguration", "bindingVersion"})
KAFKA_MESSAGE: Members = (
    set(),
    {"key", "schemaIdLocation", "schemaIdPayloadEncoding", "schemaLookupStrategy", "bindingVersion"},
)


def keeps_to(members: Members, given: Mapping[str, Any]) -> bool:
    """Whether the object has what it must have, and nothing that the specification does not know."""
    needed, possible = members
    return needed <= given.keys() <= needed | possible


def references(value: Any) -> Iterator[str]:
    """Every reference in the document. No schema describes a member of this name."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_document_is_of_version_three() -> None:
    assert keeps_to(ROOT, DOCUMENT)
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert keeps_to(INFO, DOCUMENT["info"])
    assert (DOCUMENT["info"]["title"], DOCUMENT["info"]["version"]) == ("Handoff", "1.0.0")
    assert DOCUMENT["defaultContentType"] == "application/json"


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert len(found) > 100
    for reference in found:
        assert isinstance(resolve(DOCUMENT, reference), dict), reference


def test_every_component_is_used_and_well_named() -> None:
    components = DOCUMENT["components"]
    assert keeps_to(COMPONENTS, components)
    used = set(references(DOCUMENT))
    for kind, named in components.items():
        for name in named:
            assert COMPONENT_KEY.fullmatch(name), name
            assert f"#/components/{kind}/{name}" in used, name


def test_each_topic_is_a_channel_with_its_settings() -> None:
    channels = DOCUMENT["channels"]
    assert {channel["address"] for channel in channels.values()} == set(RELAYED_TOPICS)
    for channel in channels.values():
        assert keeps_to(CHANNEL, channel)
        assert set(channel["bindings"]) == {"kafka"}
        kafka = channel["bindings"]["kafka"]
        assert keeps_to(KAFKA_CHANNEL, kafka)
        kept = DEAD_KEPT if channel["address"].endswith(".dead") else RECORDS_KEPT
        assert kafka["partitions"] == PARTITIONS
        assert kafka["topicConfiguration"] == {
            "cleanup.policy": ["delete"],
            "retention.ms": kept / timedelta(milliseconds=1),
            "max.message.bytes": MESSAGE_BYTES,
        }


def test_each_channel_is_published_to_with_all_of_its_messages() -> None:
    told: dict[str, list[str]] = {}
    for operation in DOCUMENT["operations"].values():
        assert keeps_to(OPERATION, operation)
        assert operation["action"] == "send"
        channel = operation["channel"]["$ref"]
        assert channel.startswith("#/channels/")
        told[channel] = [message["$ref"] for message in operation["messages"]]
    assert told == {
        f"#/channels/{name}": [f"#/channels/{name}/messages/{message}" for message in channel["messages"]]
        for name, channel in DOCUMENT["channels"].items()
    }


def test_each_type_is_a_message_on_its_topics() -> None:
    messages = DOCUMENT["components"]["messages"]
    assert set(messages) == {one.type for one in record_types()}
    for channel in DOCUMENT["channels"].values():
        wanted = {one.type for one in record_types() if channel["address"] in one.topics}
        assert channel["messages"] == {name: {"$ref": f"#/components/messages/{name}"} for name in wanted}
        assert wanted


@pytest.mark.parametrize("name", DOCUMENT["components"]["messages"])
def test_a_message_says_what_its_headers_key_and_data_are(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    assert keeps_to(MESSAGE, message)
    assert (message["name"], message["contentType"]) == (name, "application/json")
    assert message["summary"].endswith(".")
    assert message["headers"]["type"] == "object"
    kafka = resolve(DOCUMENT, message["bindings"]["$ref"])["kafka"]
    assert keeps_to(KAFKA_MESSAGE, kafka)
    for schema in (message["headers"], message["payload"], kafka["key"]):
        assert malformed(schema) == []


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_a_schema_is_json_schema_whose_required_members_are_described(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    assert malformed(schema) == []
    assert set(schema.get("required", ())) <= schema["properties"].keys()
