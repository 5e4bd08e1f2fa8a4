"""Every type of record is described, and nothing else; whoever makes a record is known here."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from harness.bus_records import journey_record, to_message
from harness.json_schema import faults, malformed
from journey_api.docs.event_schemas import HEADERS, KEY, headers_of, record_types, schemas
from notifier.notifications.types import NOTIFICATION_TYPES, Purpose
from shared.lifecycle import Recorded
from shared.messaging.bus import CONTACT_RECORDED, JOURNEY_STEP, Record, new_record
from shared.messaging.dead_letters import DEAD_TYPE
from shared.messaging.moment_events import TRAGIC_MOMENT
from shared.messaging.notification_events import MESSAGES, PURPOSES, RECORDED
from shared.playbook.ruleset.loader import load_playbook
from shared.promises.documents import PUBLISHED as PROMISES_PUBLISHED
from shared.sla.store.documents import PUBLISHED
from shared.sla.store.due_subjects import TIMER_DUE
from shared.vocabulary import BUS_TOPICS, SLA_TOPIC, TASKS_TOPIC

ROOT = Path(__file__).parents[3]
SOURCES = [ROOT / "shared/src", *sorted((ROOT / "services").glob("*/src"))]
NOW = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)

CONTRACT = """
handoff.journey.step.v1
handoff.contact.recorded.v1
handoff.task.{created|offered|accepted|declined|waiting|resumed|completed|cancelled|reassigned|acknowledged|updated}.v1
handoff.sla.{started|warning|breached|met|escalated|cancelled|corrected}.v1
handoff.promise.{made|kept|moved|broken|withdrawn}.v1
handoff.notification.{queued|held|sent|delivered|read|failed|withdrawn}.v1
"""
"""As other systems were promised them."""
INTERNAL = {TIMER_DUE, TRAGIC_MOMENT}
"""What the services tell each other besides."""

MAKE_RECORDS = {
    "handoff_worker.triggers.events._record",
    "shared.messaging.bus.new_record",
    "shared.messaging.contact_events.contact_record",
    "shared.messaging.dead_letters.keep",
    "shared.messaging.moment_events.tragic_record",
    "shared.messaging.notification_events.notification_record",
    "shared.promises.documents.promise_record",
    "shared.sla.store.due_subjects.due_record",
    "shared.tasks.documents.task_record",
    "shared.sla.store.documents.sla_record",
}
"""Functions that make a record; one more needs its type described."""
READ_RECORDS = {
    "shared.messaging.dead_letters.next_replay",
    "shared.messaging.kafka.message_format.to_record",
    "shared.messaging.postgres.transport._record",
}
"""Functions that read a record that was made before."""
WRITE_THE_OUTBOX = {"shared.messaging.outbox", "journey_api.intake.store"}


def modules() -> Iterator[tuple[str, str]]:
    """Name and text of every module of the product."""
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            yield ".".join(path.relative_to(source).with_suffix("").parts), path.read_text(encoding="utf-8")


def makers(name: str, text: str) -> Iterator[str]:
    """The functions of a module that call for a record to be made."""
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        called = {node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and _is_named(node)}
        if called & {"Record", "new_record"}:
            yield f"{name}.{function.name}"


def _is_named(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name)


def test_the_types_are_those_of_the_contract_and_of_the_dead() -> None:
    promised = {
        line.partition("{")[0] + name + ".v1" if "{" in line else line
        for line in CONTRACT.split()
        for name in line.partition("{")[2].partition("}")[0].split("|")
    }
    types = [one.type for one in record_types()]
    assert set(types) == promised | INTERNAL | {DEAD_TYPE}
    assert len(types) == len(set(types))


def test_the_types_are_those_that_are_made() -> None:
    made = {JOURNEY_STEP, CONTACT_RECORDED, TIMER_DUE, TRAGIC_MOMENT, DEAD_TYPE}
    made |= {f"handoff.task.{action}.v1" for action in get_args(Recorded)}
    made |= {f"handoff.sla.{action}.v1" for action in PUBLISHED}
    made |= {f"handoff.promise.{action}.v1" for action in PROMISES_PUBLISHED}
    made |= {f"handoff.notification.{status}.v1" for status in RECORDED}
    assert {one.type for one in record_types()} == made


def test_nobody_else_makes_records() -> None:
    found = {maker for name, text in modules() for maker in makers(name, text)}
    assert found == MAKE_RECORDS | READ_RECORDS
    assert {name for name, text in modules() if "insert into outbox" in text} == WRITE_THE_OUTBOX


def test_every_topic_has_types_and_every_type_its_topics() -> None:
    topics = {topic for one in record_types() for topic in one.topics}
    assert topics == {*BUS_TOPICS, *(f"{topic}.dead" for topic in BUS_TOPICS)}


def test_every_type_has_a_shape_and_every_shape_is_json_schema() -> None:
    found = schemas("#/{model}", load_playbook())
    assert {one.shape for one in record_types()} <= found.keys()
    assert [fault for name, schema in found.items() for fault in malformed(schema, name)] == []
    assert [fault for one in record_types() for fault in malformed(dict(one.narrowed), one.type)] == []


def test_the_notifications_are_those_of_the_notifier() -> None:
    assert set(MESSAGES) == NOTIFICATION_TYPES.keys()
    assert set(PURPOSES) == set(get_args(Purpose))


@pytest.mark.parametrize(
    "record",
    [
        journey_record("E-1", "lisboa-01", "C-1", NOW),
        new_record(TASKS_TOPIC, "handoff.task.created.v1", "lisboa-01", "C-1", NOW, {}, "E-1"),
        new_record(SLA_TOPIC, "handoff.sla.met.v1", "lisboa-01", None, NOW, {}),
    ],
    ids=lambda record: record.type,
)
def test_headers_and_key_are_as_described(record: Record) -> None:
    message = to_message(record)
    headers = {name: (value or b"").decode() for name, value in message.headers}
    document = {"HEADERS": HEADERS}
    schema = headers_of(record.type, "#/HEADERS")
    assert faults(document, schema, headers, closed=True) == []
    assert faults(document, KEY, (message.key or b"").decode()) == []
    for name in headers:
        without = {other: value for other, value in headers.items() if other != name}
        optional = name == "ce_eventid" and record.type != JOURNEY_STEP
        assert bool(faults(document, schema, without)) is not optional, name
    assert faults(document, schema, {**headers, "ce_type": "handoff.task.lost.v1"})
