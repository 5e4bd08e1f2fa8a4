"""The types that members of records are of. Their JSON Schema is what other systems are told (AsyncAPI)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticKnownError
from pydantic_core.core_schema import no_info_after_validator_function

from shared.channels.registry import customer_channels, staff_channels
from shared.vocabulary import CONTACT_KINDS, CONTACT_OUTCOMES, EVENT_CHANNELS, OCCURRENCES, ROLES

NAMES_OF: Final = "namesOf"
"""The key of a schema that stands for the names of a kind (`rules`, `entries`, ...), known once they are loaded."""

ID_PATTERN: Final = r"^[A-Za-z0-9._:-]{1,64}$"
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
"""An id of the dealer's systems: opaque, 1 to 64 letters, digits and `. _ : -` of ASCII."""

SubjectId = Annotated[str, StringConstraints(min_length=1, max_length=128)]
"""An id, or the VIN of a vehicle as it was first written."""

Own = Annotated[str, Field(min_length=1)]
"""An id of ours: opaque."""

Rule = Annotated[str, Field(json_schema_extra={NAMES_OF: "rules"})]
"""A time rule."""

Entry = Annotated[str, Field(json_schema_extra={NAMES_OF: "entries"})]
"""An entry of the playbook."""

Mode = Annotated[str, Field(json_schema_extra={NAMES_OF: "modes"})]
"""How an entry hands over."""

ConditionId = Annotated[str, Field(json_schema_extra={NAMES_OF: "conditions"})]
"""A condition of the playbook."""

FactPath = Annotated[str, Field(json_schema_extra={NAMES_OF: "facts"})]
"""Where a fact is looked up."""

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Role = str
    Occurrence = str
    ContactKind = str
    ContactOutcome = str
else:
    Role = Literal[ROLES]
    Occurrence = Literal[OCCURRENCES]
    ContactKind = Literal[CONTACT_KINDS]
    ContactOutcome = Literal[CONTACT_OUTCOMES]


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


def each_once(*words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of all, each at its first place."""
    return tuple(dict.fromkeys(word for some in words for word in some))


Channel = Annotated[str, OneOf(lambda: each_once(customer_channels(), staff_channels()))]
"""What a notification goes by."""

ContactChannel = Annotated[str, OneOf(lambda: each_once(EVENT_CHANNELS, customer_channels()))]
"""Where a contact took place, or what it went by."""
