"""What the records of a dealer may hold, exactly."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, StrictBool, StrictInt, StringConstraints
from typing_extensions import TypedDict

from journey_api.http.field_types import (
    MOST_ITEMS,
    AppointmentStatus,
    CustomerChannel,
    Day,
    GivenId,
    Id,
    Mobility,
    Role,
    StaffChannel,
    Topic,
    VehicleId,
)
from journey_api.reference.dealer_documents import (
    Week,
)
from journey_api.reference.value_types import (
    IGNORED,
    Answered,
    DescribedAs,
    Instant,
    Locale,
    Name,
    QuietWindow,
    Record,
    Text,
    Zone,
    answered,
)

Address = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Gender = Literal["f", "m", "x"]
Salutation = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""How the customer is addressed, as free text: `Sra. Dra.`"""

AnsweredId = Annotated[str | None, answered("another record's is a conflict")]


class Leave(Record):
    """Days off, both ends included, by the dealer's calendar day."""

    begins: Annotated[Day, Field(alias="from")]
    ends: Annotated[Day, Field(alias="to")]
    substitute_id: Id | None = None


class StaffAddress(Record):
    """Where a member of staff can be reached."""

    kind: StaffChannel
    address: Address


class Staff(Answered):
    """A member of staff. `shifts` is a week of hours; null: the calendar of the role."""

    staff_id: AnsweredId = None
    name: Name
    roles: Annotated[list[Role], Field(max_length=MOST_ITEMS)]
    locale: Locale | None = None
    salutation: Salutation | None = None
    gender: Gender | None = None
    lead_of: Annotated[list[Role], Field(default_factory=list, max_length=MOST_ITEMS)]
    skills: Annotated[list[Topic], Field(default_factory=list, max_length=MOST_ITEMS)]
    capacity: Annotated[StrictInt, Field(ge=0, le=10_000)] = 10
    presence: Literal["present", "away", "off"] = "present"
    shifts: Annotated[dict[str, Any], DescribedAs(Week)] | None = None
    leave: Annotated[list[Leave], Field(default_factory=list, max_length=MOST_ITEMS)]
    substitute_id: Id | None = None
    manager_id: Id | None = None
    channels: Annotated[list[StaffAddress], Field(default_factory=list, max_length=MOST_ITEMS)]


class CustomerAddress(Record):
    """Where a customer can be reached; only what is verified is written to."""

    kind: CustomerChannel
    address: Address
    verified: StrictBool = False


class Consent(Record):
    """What the customer agreed to."""

    service: StrictBool = True
    marketing: StrictBool = False
    source: Text | None = None
    at: Instant | None = None


class Dates(Record):
    """Days worth a card."""

    birthday: Day | None = None
    purchase_anniversary: Day | None = None


class ClosedAddress(TypedDict):
    """An address that nothing is sent to, and why; `purpose` null: for every purpose, `service`: but for safety."""

    kind: CustomerChannel
    address: str
    why: str
    since: datetime
    purpose: str | None


class Customer(Answered):
    """A customer's profile; what is null is unknown."""

    customer_id: AnsweredId = None
    unreachable: Annotated[Any, DescribedAs(bool | None), IGNORED] = None
    closed_addresses: Annotated[Any, DescribedAs(list[ClosedAddress] | None), IGNORED] = None
    merged_into: Annotated[Any, DescribedAs(Id | None), IGNORED] = None
    name: Name | None = None
    locale: Locale | None = None
    time_zone: Zone | None = None
    channels: Annotated[list[CustomerAddress], Field(default_factory=list, max_length=MOST_ITEMS)]
    consent: Consent = Consent()
    preferences: Annotated[dict[Topic, list[CustomerChannel] | Literal["off"]], Field(default_factory=dict)]
    quiet_hours: Annotated[list[QuietWindow], Field(default_factory=list, max_length=MOST_ITEMS)]
    salutation: Salutation | None = None
    gender: Gender | None = None
    vip: StrictBool | None = None
    public_figure: StrictBool | None = None
    existing: StrictBool | None = None
    frequent_service: StrictBool | None = None
    dates: Dates = Dates()
    attributes: Annotated[dict[str, JsonValue], Field(default_factory=dict)]


class Vehicle(Answered):
    """A vehicle."""

    vin: AnsweredId = None
    customer_id: Id | None = None
    plate: VehicleId | None = None
    model: Name | None = None
    registered_on: Day | None = None
    purchased_on: Day | None = None
    delivered_on: Day | None = None
    warranty_until: Day | None = None
    last_visit_on: Day | None = None
    next_service_on: Day | None = None
    recalls: Annotated[list[GivenId], Field(default_factory=list, max_length=MOST_ITEMS)]


class Appointment(Answered):
    """An appointment of a customer."""

    id: AnsweredId = None
    appointment_id: AnsweredId = None
    customer_id: Id
    vin: VehicleId | None = None
    case_id: Id | None = None
    kind: Literal["store", "test_drive", "demo", "delivery", "service", "collection", "call_back"]
    starts_at: Instant
    ends_at: Instant | None = None
    status: AppointmentStatus = "booked"
    mobility: Mobility | None = None
    staff_id: Id | None = None


class Order(Answered):
    """An order of a customer. With `promised_at` it is a promise: `expected_at` moves it, a status as `delivered` keeps
    it. `done_at`: when it was done, by default when its status says so first.
    """

    id: AnsweredId = None
    order_id: AnsweredId = None
    customer_id: Id
    vin: VehicleId | None = None
    kind: Literal["vehicle", "repair", "parts"]
    status: Name | None = None
    placed_on: Day | None = None
    promised_at: Instant | None = None
    expected_at: Instant | None = None
    done_at: Instant | None = None
