"""The types that requests are made of: ids, days, and the vocabularies as literals."""

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticKnownError
from pydantic_core.core_schema import no_info_after_validator_function

from shared.channels.registry import customer_channels, staff_channels
from shared.vocabulary import (
    EVENT_CHANNELS,
    FEEDBACK_SUBJECTS,
    OCCURRENCES,
    ROLES,
    SIGNALS,
    STEPS,
    TOPICS,
)

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_STEP_NUMBERS: Final = {name: number for number, name in STEPS.items()}


def read_day(value: Any) -> Any:
    """Let only `YYYY-MM-DD` through to pydantic, which would also read numbers and times as dates."""
    if value is not None and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("A date is written YYYY-MM-DD")
    return value


def _read_step(value: Any) -> int | None:
    if value is None or (type(value) is int and value in STEPS):
        return value
    if isinstance(value, str) and value in _STEP_NUMBERS:
        return _STEP_NUMBERS[value]
    raise ValueError("A step is a number from 1 to 20 or its id")


class OneOf:
    """A string that is one of the words there are when it is read; described as an enumeration."""

    def __init__(self, words: Callable[[], tuple[str, ...]]) -> None:
        self._words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self._words())}

    def _check(self, value: str) -> str:
        *others, last = (repr(word) for word in self._words())
        if value not in self._words():
            raise PydanticKnownError("literal_error", {"expected": f"{', '.join(others)} or {last}"})
        return value


def _each_once(*words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for some in words for word in some))


Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f/]*$")]
"""An id of the dealer's systems: opaque, not empty, at most 128 characters, no control character and no slash."""

Day = Annotated[date, BeforeValidator(read_day)]
"""A date as `YYYY-MM-DD` and nothing else."""

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Role = str
    Topic = str
    Occurrence = str
    Signal = str
    EventChannel = str
    FeedbackSubject = str
else:
    Role = Literal[ROLES]
    Topic = Literal[TOPICS]
    Occurrence = Literal[OCCURRENCES]
    Signal = Literal[SIGNALS]
    EventChannel = Literal[EVENT_CHANNELS]
    FeedbackSubject = Literal[(*TOPICS, *FEEDBACK_SUBJECTS)]

CustomerChannel = Annotated[str, OneOf(customer_channels)]
StaffChannel = Annotated[str, OneOf(staff_channels)]
ContactChannel = Annotated[str, OneOf(lambda: _each_once(EVENT_CHANNELS, customer_channels()))]
NotificationChannel = Annotated[str, OneOf(lambda: _each_once(customer_channels(), staff_channels()))]

Mobility = Literal["courtesy_car", "taxi", "pick_up_and_delivery", "stays_in_store", "none"]
Step = Annotated[int | None, BeforeValidator(_read_step)]


class Strict(BaseModel):
    """A part of the wire contract: frozen, and unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
