"""The JSON Schemas of the shapes, by name."""

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from journey_api.docs.event_schemas.clocks import TimerTold
from journey_api.docs.event_schemas.contacts import ContactRecorded
from journey_api.docs.event_schemas.dead_letters import DeadRecord
from journey_api.docs.event_schemas.notifications import NotificationTold
from journey_api.docs.event_schemas.tasks import TaskRecord
from journey_api.intake.event_models import EventData
from shared.vocabulary import STEPS

JOURNEY_STEP_SHAPE: Final = "JourneyStep"
_SHAPES: Final = (ContactRecorded, TaskRecord, TimerTold, NotificationTold, DeadRecord)
_TOLD: Final = "An accepted event as stored: what is unknown is left out, `step` is its number, no personal words."


class _Plain(GenerateJsonSchema):
    """Without what says nothing of records: titles made of names, and defaults, which a record never needs."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


class _Journey(_Plain):
    """What is null in an event is not in its record, and members that readers do not know may come."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def schemas(template: str) -> dict[str, Any]:
    """Every schema by name; they refer to each other by `template`, which has a place for `{model}`."""
    return _of(_Plain, template, *_SHAPES) | _journey(template)


def _journey(template: str) -> dict[str, Any]:
    found = _of(_Journey, template, EventData)
    for schema in found.values():
        schema.pop("additionalProperties", None)
    step = found.pop(EventData.__name__)
    step["properties"]["step"] |= {"minimum": min(STEPS), "maximum": max(STEPS)}
    step["required"].append("intent")
    return found | {JOURNEY_STEP_SHAPE: step | {"title": JOURNEY_STEP_SHAPE, "description": _TOLD}}


def _of(generator: type[GenerateJsonSchema], template: str, *models: type[Any]) -> dict[str, Any]:
    asked: Any = [(model, "serialization") for model in models]
    _, document = models_json_schema(asked, ref_template=template, schema_generator=generator)
    return dict(document["$defs"])
