"""What a person sends to act on a task."""

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, WithJsonSchema

from journey_api.http.field_types import Id, Role
from journey_api.http.schema_rules import all_of, never_both
from shared.lifecycle import DECLINE_REASONS, WAIT_REASONS
from shared.lifecycle.commands import SEND_OUTCOMES, TASK_OUTCOMES

Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Note = Annotated[str, StringConstraints(max_length=10_000)]
Reason = Annotated[
    Words | None,
    WithJsonSchema(
        {
            "anyOf": [
                {"title": "DeclineReason", "type": "string", "enum": list(DECLINE_REASONS)},
                {"title": "WaitReason", "type": "string", "enum": list(WAIT_REASONS)},
                {"type": "string", "minLength": 1, "maxLength": 200},
                {"type": "null"},
            ]
        }
    ),
]
_RECEIVER: Final = all_of(never_both("to_staff_id", "to_role"))


class ActionBody(BaseModel):
    """What a person does to a task. `until` goes with wait: it has an offset and lies within 30 days.

    `reason` of a decline and of a wait is a word of a list (`DeclineReason`, `WaitReason`), of other actions words of
    the person's own. A reassign names `to_staff_id` or `to_role`. `force` completes a repair whose additional work the
    customer has not authorised; `note` then says why.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=_RECEIVER)

    staff_id: Id
    reason: Reason = None
    outcome: Literal[*TASK_OUTCOMES, *SEND_OUTCOMES] | None = None  # type: ignore[valid-type]
    until: AwareDatetime | None = None
    to_staff_id: Id | None = None
    to_role: Role | None = None
    note: Note | None = None
    force: bool = False
