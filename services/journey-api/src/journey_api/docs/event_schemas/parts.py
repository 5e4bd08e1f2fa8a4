"""What several shapes are made of."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from journey_api.http.field_types import Id, Role
from shared.playbook.ruleset.conditions import READABLE
from shared.playbook.ruleset.loader import playbook
from shared.sla.policy.rules import PROMISE, load_rules


class Shape(BaseModel):
    """A part of a record's data; readers leave members alone that they do not know."""

    model_config = ConfigDict(frozen=True)


def _name_rules(schema: dict[str, Any]) -> None:
    schema["enum"] = [*load_rules(), PROMISE]


def _name_entries(schema: dict[str, Any]) -> None:
    schema["enum"] = list(playbook().entries)


def _name_modes(schema: dict[str, Any]) -> None:
    schema["enum"] = sorted({entry.mode for entry in playbook().entries.values() if entry.mode})


def _name_conditions(schema: dict[str, Any]) -> None:
    schema["enum"] = list(playbook().conditions)


def _name_paths(schema: dict[str, Any]) -> None:
    schema["enum"] = list(READABLE)


Own = Annotated[str, Field(min_length=1)]
"""An id of ours: opaque."""

Rule = Annotated[str, Field(json_schema_extra=_name_rules)]
"""A time rule."""

Entry = Annotated[str, Field(json_schema_extra=_name_entries)]
"""An entry of the playbook."""

Mode = Annotated[str, Field(json_schema_extra=_name_modes)]
"""How an entry hands over."""

ConditionId = Annotated[str, Field(json_schema_extra=_name_conditions)]
"""A condition of the playbook."""

FactPath = Annotated[str, Field(json_schema_extra=_name_paths)]
"""Where a fact is looked up."""


class TimerOwner(Shape):
    """Who answers for a clock: a role, and the person where there is one."""

    role: Role | None
    staff_id: Id | None
