"""The data of a journey event on the wire: what a dealer's systems may say happened."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic_core import to_json

from journey_api.http.field_types import (
    MOST_ITEMS,
    Day,
    EventChannel,
    GivenId,
    Id,
    Occurrence,
    Role,
    Signal,
    Step,
    Strict,
    Topic,
    VehicleId,
)
from journey_api.http.schema_rules import all_of, at_least_one, needs, never_both
from journey_api.intake.event_facts import Facts
from shared.faults import Fault

_PLAIN: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_MAIL: Final = r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$"
_TOGETHER: Final = all_of(needs("customer_id", "step"), needs("lead", "step"), never_both("customer_id", "lead"))
"""What the fields of an event's data ask of each other, as `customer_faults` does."""


class Observer(Strict):
    """Who saw it happen. A `staff_id` nobody knows is kept as text."""

    role: Role
    staff_id: GivenId | None = None


class EventVehicle(Strict):
    """The vehicle it is about; what is given fills gaps of the vehicle's record."""

    vin: VehicleId | None = None
    plate: VehicleId | None = None
    delivered_on: Day | None = None
    registered_on: Day | None = None


class Intake(Strict):
    """What the customer said, in words; personal."""

    problem: str | None = None
    situation: str | None = None


class Lead(Strict):
    """A person the caller has no number for; an e-mail address, a telephone number or both are needed. Personal."""

    model_config = ConfigDict(json_schema_extra=all_of(at_least_one("email", "telephone")))

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PLAIN)] | None = None
    email: Annotated[str, StringConstraints(max_length=320, pattern=_MAIL)] | None = None
    telephone: Annotated[str, StringConstraints(min_length=3, max_length=64, pattern=_PLAIN)] | None = None


class EventData(Strict):
    """The data of `handoff.journey.step.v1`. Null is the same as left out.

    A customer comes with a step, as an id or as a lead; a step may come alone.
    """

    model_config = ConfigDict(json_schema_extra=_TOGETHER)

    dealer_id: Id
    customer_id: Id | None = None
    lead: Annotated[Lead | None, Field(exclude=True)] = None
    step: Step = None
    intent: Literal["live", "history"] = "live"
    occurrences: Annotated[list[Occurrence], Field(max_length=MOST_ITEMS)] | None = None
    signals: Annotated[list[Signal], Field(max_length=MOST_ITEMS)] | None = None
    observed_by: Observer
    channel: EventChannel | None = None
    topics: Annotated[list[Topic], Field(max_length=MOST_ITEMS)] | None = None
    case_id: Id | None = None
    vehicle: EventVehicle | None = None
    facts: Facts | None = None
    intake: Annotated[Intake | None, Field(exclude=True)] = None
    note: Annotated[str | None, Field(exclude=True)] = None

    def document(self) -> dict[str, Any]:
        """What is stored and published: `step` as its number, nothing that is null, no personal words."""
        return self.model_dump(mode="json", exclude_none=True)

    def stored_json(self) -> bytes:
        """The document as JSON."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)

    def words_json(self) -> bytes | None:
        """The personal words, `{"intake", "note"}`, as JSON; None when there are none."""
        if self.intake is None and self.note is None:
            return None
        return to_json({"intake": self.intake, "note": self.note}, exclude_none=True)


def customer_faults(data: object) -> list[Fault]:
    """What is wrong with who the customer is, in data as posted: pointers lead into the event."""
    if not isinstance(data, dict):
        return []
    faults = []
    lead, named = data.get("lead"), data.get("customer_id") is not None
    if data.get("step") is None and (named or lead is not None):
        faults.append(Fault("/data/step", "required", f"Required with {'customer_id' if named else 'lead'}"))
    if named and lead is not None:
        faults.append(Fault("/data/customer_id", "either_or", "Either customer_id or lead"))
    if isinstance(lead, dict) and lead.get("email") is None and lead.get("telephone") is None:
        faults.append(Fault("/data/lead", "required", "An email, a telephone or both"))
    return faults


def read_data(document: Mapping[str, Any]) -> EventData:
    """Data as posted or as stored by `EventData.document`. Raises pydantic's ValidationError."""
    return EventData.model_validate(document)
