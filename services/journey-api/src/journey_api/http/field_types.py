"""The types that requests are made of: ids, days, and the vocabularies as literals."""

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema

from shared.channels.registry import customer_channels, machine_channels, staff_channels
from shared.faults import Unknown, Wrong, WrongValue
from shared.messaging.field_types import ID_PATTERN as ID_PATTERN
from shared.messaging.field_types import ContactChannel as ContactChannel
from shared.messaging.field_types import ContactKind as ContactKind
from shared.messaging.field_types import ContactOutcome as ContactOutcome
from shared.messaging.field_types import Id as Id
from shared.messaging.field_types import Occurrence as Occurrence
from shared.messaging.field_types import OneOf
from shared.messaging.field_types import Role as Role
from shared.vocabulary import (
    EVENT_CHANNELS,
    FEEDBACK_SUBJECTS,
    SIGNALS,
    STEPS,
    TOPICS,
)

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_STEP_NUMBERS: Final = {name: number for number, name in STEPS.items()}


def read_day(value: Any) -> Any:
    """Let only `YYYY-MM-DD` through to pydantic, which would also read numbers and times as dates."""
    if value is not None and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise WrongValue(Wrong("not_a_date", "A date is written YYYY-MM-DD"))
    return value


def _read_step(value: Any) -> int | None:
    if value is None or (type(value) is int and value in STEPS):
        return value
    if isinstance(value, str) and value in _STEP_NUMBERS:
        return _STEP_NUMBERS[value]
    known = Unknown.of(value, _STEP_NUMBERS)
    raise WrongValue(Wrong("unknown_step", "A step is a number from 1 to 20 or its id", unknown=known))


def _holds_sign(value: str) -> str:
    if not any(map(str.isalnum, value)):
        raise WrongValue(Wrong("malformed", "Holds no letter and no digit"))
    return value


VehicleId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"),
    AfterValidator(_holds_sign),
]
"""A VIN or a plate as it is written: any text of 1 to 32 characters that holds a letter or digit."""

GivenId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""What another system calls something that we only repeat."""

MOST_ITEMS: Final = 200
"""How much a list of a document may hold: more of the same could only cost time."""

Day = Annotated[date, BeforeValidator(read_day)]
"""A date as `YYYY-MM-DD` and nothing else."""

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Topic = str
    Signal = str
    EventChannel = str
    FeedbackSubject = str
else:
    Topic = Literal[TOPICS]
    Signal = Literal[SIGNALS]
    EventChannel = Literal[EVENT_CHANNELS]
    FeedbackSubject = Literal[(*TOPICS, *FEEDBACK_SUBJECTS)]

CustomerChannel = Annotated[str, OneOf(customer_channels)]
StaffChannel = Annotated[str, OneOf(staff_channels)]
SentChannel = Annotated[str, OneOf(machine_channels)]

AppointmentStatus = Literal["booked", "confirmed", "arrived", "started", "done", "cancelled", "no_show"]
Mobility = Literal["courtesy_car", "taxi", "pick_up_and_delivery", "stays_in_store", "none"]
_STEP_SCHEMA: Final = {
    "anyOf": [
        {"type": "integer", "minimum": min(STEPS), "maximum": max(STEPS)},
        {"type": "string", "enum": list(STEPS.values())},
        {"type": "null"},
    ]
}
Step = Annotated[int | None, BeforeValidator(_read_step), WithJsonSchema(_STEP_SCHEMA, mode="validation")]


class Strict(BaseModel):
    """A part of the wire contract: frozen, and unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
