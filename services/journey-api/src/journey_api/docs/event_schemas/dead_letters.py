"""The data of records on the `.dead` topics."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from journey_api.docs.event_schemas.parts import Own, Shape
from journey_api.http.field_types import Id
from shared.vocabulary import BUS_TOPICS

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Topic = str
else:
    Topic = Literal[BUS_TOPICS]


class GivenUp(Shape):
    """The record as it was read; `data` may be of any shape, which can be why it was given up."""

    topic: Topic
    key: str
    dealer_id: Id
    id: Own
    type: Own
    source: Own
    time: datetime
    data: dict[str, Any]
    event_id: Own | None


class DeadRecord(Shape):
    """A record that a consumer gave up after so many tries, and the error's kind and first line."""

    consumer: Own
    reason: Annotated[str, Field(max_length=300)]
    tries: Annotated[int, Field(ge=1)]
    record: GivenUp
