"""The types that members of records are of. Their JSON Schema is what other systems are told (AsyncAPI)."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, StringConstraints

from shared.vocabulary import CUSTOMER_CHANNELS, OCCURRENCES, ROLES, STAFF_CHANNELS

NAMES_OF: Final = "namesOf"
"""The key of a schema that stands for the names of a kind (`rules`, `entries`, ...), known once they are loaded."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f/]*$")]
"""An id of the dealer's systems: opaque, not empty, at most 128 characters, no control character and no slash."""

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
    Channel = str
else:
    Role = Literal[ROLES]
    Occurrence = Literal[OCCURRENCES]
    Channel = Literal[tuple(dict.fromkeys((*CUSTOMER_CHANNELS, *STAFF_CHANNELS)))]
