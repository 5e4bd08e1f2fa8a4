"""The answered types as schemas of the OpenAPI document."""

from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from journey_api.docs.answers.routes import EVENT_STREAM, Answer, kinds, shapes
from journey_api.docs.event_schemas.known_names import with_names
from journey_api.reference.collections import CUSTOMER, DEALER, Kind
from shared.calendar.versions import COMING, PRESENT
from shared.playbook.ruleset.entries import Playbook

REF: Final = "#/components/schemas/{model}"
_INSTANT: Final = {"type": "string", "format": "date-time"}
_STREAM: Final = (
    "The `data` of each event of the stream; `id` is the cursor. A comment comes every 15 seconds. Its schema is"
)


class _Untitled(GenerateJsonSchema):
    """Without titles made of names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas(playbook: Playbook) -> dict[str, Any]:
    """Every schema of an answer by its name."""
    asked: Any = [(shape, "serialization", TypeAdapter(shape)) for shape in shapes()]
    _, document = TypeAdapter.json_schemas(asked, ref_template=REF, schema_generator=_Untitled)
    of_types = {name: with_names(schema, playbook) for name, schema in document["$defs"].items()}
    of_records: dict[str, Any] = {}
    for kind in kinds():
        of_records |= _of_record(kind)
    return of_types | of_records


def name_of(shape: Any) -> str:
    """What a type's schema is called."""
    return f"{shape.model.__name__}Shown" if isinstance(shape, Kind) else str(shape.__name__)


def body_of(answer: Answer) -> dict[str, Any]:
    """The content of an answer."""
    if answer.shape is None:
        return {}
    if answer.shape is str:
        return {answer.media_type: {"schema": {"type": "string"}}}
    one = {"$ref": REF.format(model=name_of(answer.shape))}
    if answer.media_type == EVENT_STREAM:
        words = f"{_STREAM} {name_of(answer.shape)}."
        return {EVENT_STREAM: {"schema": {"type": "string", "description": words, "contentSchema": one}}}
    return {answer.media_type: {"schema": _list_of(one) if answer.many else one}}


def _list_of(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "next_cursor"],
        "properties": {
            "items": {"type": "array", "items": one},
            "next_cursor": {"type": ["string", "null"], "description": "Where the next page begins; null: nowhere."},
        },
    }


def _of_record(kind: Kind) -> dict[str, Any]:
    """A record as it is answered: what was stored, its ids and version."""
    schema = kind.model.model_json_schema(
        by_alias=True, ref_template=REF, mode="serialization", schema_generator=_Untitled
    )
    parts = {name: _open(part) for name, part in schema.pop("$defs", {}).items()}
    ids = {name: {"type": "string"} for name in ("dealer_id", kind.identity, kind.parameter)}
    added: dict[str, Any] = {**ids, "version": {"type": "integer"}, "created_at": _INSTANT, "updated_at": _INSTANT}
    if kind is CUSTOMER:
        added |= {"unreachable": {"type": "boolean"}, "merged_into": {"type": ["string", "null"]}}
        added["closed_addresses"] = {"type": "array", "items": {"$ref": REF.format(model="ClosedAddress")}}
    if kind is DEALER:
        added[COMING] = schema["properties"][PRESENT] | {"description": "Those that come into force later."}
    schema["properties"] |= added
    schema["required"] = sorted({*schema.get("required", ()), *added})
    schema.pop("title", None)
    words = f"{schema.get('description', '').strip()} As it is answered."
    return parts | {name_of(kind): _open(schema) | {"description": words}}


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that lets more members come."""
    return {name: part for name, part in schema.items() if name != "additionalProperties" or part is not False}
