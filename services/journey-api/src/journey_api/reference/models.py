"""What the records of a dealer may hold, exactly."""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, StrictBool, StrictInt, StringConstraints

from journey_api.http.field_types import CustomerChannel, Day, Id, Mobility, Role, StaffChannel, Topic
from journey_api.reference.fields import (
    Answered,
    Instant,
    Locale,
    Mail,
    Name,
    QuietWindow,
    Record,
    Text,
    Wait,
    Website,
    WrittenLocale,
    Zone,
    answered,
)
from shared.languages.registry import DEFAULT_LANGUAGE

Address = Annotated[str, StringConstraints(min_length=1, max_length=500)]
ShownNumber = Annotated[str, StringConstraints(max_length=40, pattern=r"^[+(]?[0-9][0-9 ()./\u00a0-]{2,38}$")]
"""A telephone number as a letter shows it: `+351 210 000 000`."""

Salutation = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""How the customer is addressed, as free text: `Sra. Dra.`"""

AnsweredId = Annotated[str | None, answered("another record's is a conflict")]
Ignored = Annotated[Any, answered("ignored")]


class Sender(Record):
    """What customers see a dealer's messages come from; what is null is the installation's."""

    name: Name | None = None
    email_from: Mail | None = None
    reply_to: Mail | None = None
    telephone: ShownNumber | None = None
    website: Website | None = None
    address: Text | None = None
    sms_from: Annotated[str, StringConstraints(pattern=r"^(\+[0-9]{6,15}|[A-Za-z0-9 ]{1,11})$")] | None = None
    whatsapp_phone_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")] | None = None
    footer: Annotated[dict[Locale, Text], Field(default_factory=dict)]


class Patience(Record):
    """How long a channel may show no delivery before the next one is tried; what is null is as the channel has it."""

    sms: Wait | None = None
    whatsapp: Wait | None = None


class Throttle(Record):
    """How many messages Handoff writes a customer by itself in so much time; more wait. What is null is the usual."""

    messages: Annotated[StrictInt, Field(ge=1, le=1_000)] | None = None
    per: Wait | None = None


Share = Annotated[float, Field(ge=0, le=1, strict=True)]


class Quality(Record):
    """What separates the levels and kinds of quality; what is null is the usual. Shares are of 1.

    Levels cover `days` and at least `least_clocks` judged response clocks: spontaneous below `spontaneous_below` of
    answers in time, or where the slowest quarter of people takes over `uneven_over` times as long as the quickest;
    cultural from `cultural_from` on.
    """

    days: Annotated[StrictInt, Field(ge=1, le=366)] | None = None
    least_clocks: Annotated[StrictInt, Field(ge=1, le=100_000)] | None = None
    spontaneous_below: Share | None = None
    uneven_over: Annotated[float, Field(ge=1, le=1_000, strict=True)] | None = None
    cultural_from: Share | None = None
    disenchants_over: Share | None = None
    enchants_over: Share | None = None
    enchants_tragic_below: Share | None = None


class Dealer(Answered):
    """A dealer. Hours, chains, targets and tables are documents that the clocks and the playbook check.

    A calendar whose `effective_from` is later keeps the present one of its name until then; answers show it under
    `calendars_next`.
    """

    calendars_next: Ignored = None
    name: Name
    time_zone: Zone
    locale: Locale | None = None
    fallback_locale: WrittenLocale = DEFAULT_LANGUAGE
    calendars: dict[str, Any] | None = None
    role_calendar: dict[str, Any] | None = None
    has_business_development_centre: StrictBool = False
    group_mailbox: Mail | None = None
    managers: dict[str, Any] | None = None
    chains: dict[str, Any] | None = None
    tables: dict[str, Any] | None = None
    sla: dict[str, Any] | None = None
    quiet_hours: list[Any] | None = None
    marketing_window: dict[str, Any] | None = None
    patience: Patience | None = None
    throttle: Throttle | None = None
    channels_off: list[CustomerChannel] | None = None
    topic_roles: dict[Topic, Role] | None = None
    sender: Sender | None = None
    quality: Quality | None = None


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
    roles: list[Role]
    locale: Locale | None = None
    lead_of: Annotated[list[Role], Field(default_factory=list)]
    skills: Annotated[list[Topic], Field(default_factory=list)]
    capacity: Annotated[StrictInt, Field(ge=0, le=10_000)] = 10
    presence: Literal["present", "away", "off"] = "present"
    shifts: dict[str, Any] | None = None
    leave: Annotated[list[Leave], Field(default_factory=list)]
    substitute_id: Id | None = None
    manager_id: Id | None = None
    channels: Annotated[list[StaffAddress], Field(default_factory=list)]


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


class Customer(Answered):
    """A customer's profile; what is null is unknown."""

    customer_id: AnsweredId = None
    unreachable: Ignored = None
    closed_addresses: Ignored = None
    merged_into: Ignored = None
    name: Name | None = None
    locale: Locale | None = None
    time_zone: Zone | None = None
    channels: Annotated[list[CustomerAddress], Field(default_factory=list)]
    consent: Consent = Consent()
    preferences: Annotated[dict[Topic, list[CustomerChannel] | Literal["off"]], Field(default_factory=dict)]
    quiet_hours: Annotated[list[QuietWindow], Field(default_factory=list)]
    salutation: Salutation | None = None
    gender: Literal["f", "m", "x"] | None = None
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
    plate: Annotated[str, StringConstraints(max_length=32)] | None = None
    model: Name | None = None
    registered_on: Day | None = None
    purchased_on: Day | None = None
    delivered_on: Day | None = None
    warranty_until: Day | None = None
    last_visit_on: Day | None = None
    next_service_on: Day | None = None
    recalls: Annotated[list[Id], Field(default_factory=list)]


class Appointment(Answered):
    """An appointment of a customer."""

    id: AnsweredId = None
    appointment_id: AnsweredId = None
    customer_id: Id
    vin: Id | None = None
    case_id: Id | None = None
    kind: Literal["store", "test_drive", "demo", "delivery", "service", "collection", "call_back"]
    starts_at: Instant
    ends_at: Instant | None = None
    status: Literal["booked", "confirmed", "arrived", "started", "done", "cancelled", "no_show"] = "booked"
    mobility: Mobility | None = None
    staff_id: Id | None = None


class Order(Answered):
    """An order of a customer. With `promised_at` it is a promise: `expected_at` moves it, a status as `delivered` keeps
    it. `done_at`: when it was done, by default when its status says so first.
    """

    id: AnsweredId = None
    order_id: AnsweredId = None
    customer_id: Id
    vin: Id | None = None
    kind: Literal["vehicle", "repair", "parts"]
    status: Name | None = None
    placed_on: Day | None = None
    promised_at: Instant | None = None
    expected_at: Instant | None = None
    done_at: Instant | None = None
