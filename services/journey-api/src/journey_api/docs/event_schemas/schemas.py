"""The JSON Schemas of the shapes, by name."""

from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ListSchema, WithDefaultSchema

from journey_api.docs.event_schemas.known_names import with_names
from journey_api.intake.event_models import EventData
from shared.messaging.contact_events import ContactRecorded
from shared.messaging.dead_letters import DeadRecord
from shared.messaging.moment_events import TragicMoment
from shared.messaging.notification_events import NotificationTold
from shared.playbook.ruleset.entries import Playbook
from shared.promises.documents import PromiseTold
from shared.sla.store.documents import TimerTold
from shared.sla.store.due_subjects import DueTold
from shared.tasks.records import TaskRecord
from shared.vocabulary import STEPS

JOURNEY_STEP_SHAPE: Final = "JourneyStep"
_SHAPES: Final = (
    ContactRecorded,
    TragicMoment,
    TaskRecord,
    TimerTold,
    PromiseTold,
    DueTold,
    NotificationTold,
    DeadRecord,
)
_TOLD: Final = "An accepted event as stored: what is unknown is left out, `step` is its number, no personal words."


class _Plain(GenerateJsonSchema):
    """Without what says nothing of records: titles made of names, defaults, and how much of a list is taken in."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def list_schema(self, schema: ListSchema) -> JsonSchemaValue:
        found = super().list_schema(schema)
        found.pop("maxItems", None)
        return found


class _Journey(_Plain):
    """What is null in an event is not in its record, and members that readers do not know may come."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def schemas(template: str, playbook: Playbook) -> dict[str, Any]:
    """Every schema by name; they refer to each other by `template`, which has a place for `{model}`."""
    of_ours = _of(_Plain, template, *_SHAPES)
    return {name: with_names(schema, playbook) for name, schema in of_ours.items()} | _journey(template)


def _journey(template: str) -> dict[str, Any]:
    found = _of(_Journey, template, EventData)
    for schema in found.values():
        schema.pop("additionalProperties", None)
    step = found.pop(EventData.__name__)
    step.pop("allOf")
    step["properties"]["step"] |= {"minimum": min(STEPS), "maximum": max(STEPS)}
    step["required"].append("intent")
    return found | {JOURNEY_STEP_SHAPE: step | {"title": JOURNEY_STEP_SHAPE, "description": _TOLD}}


def _of(generator: type[GenerateJsonSchema], template: str, *models: type[Any]) -> dict[str, Any]:
    asked: Any = [(model, "serialization", TypeAdapter(model)) for model in models]
    _, document = TypeAdapter.json_schemas(asked, ref_template=template, schema_generator=generator)
    return dict(document["$defs"])
