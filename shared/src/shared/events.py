"""The data of a journey event on the wire: what a dealer's systems may say happened."""

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from shared.vocabulary import (
    CUSTOMER_CHANNELS,
    EVENT_CHANNELS,
    FEEDBACK_SUBJECTS,
    OCCURRENCES,
    ROLES,
    SIGNALS,
    STAFF_CHANNELS,
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


def _none_is_empty(value: Any) -> Any:
    return [] if value is None else value


Id = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f/]{1,128}$")]
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
    CustomerChannel = str
    StaffChannel = str
else:
    Role = Literal[ROLES]
    Topic = Literal[TOPICS]
    Occurrence = Literal[OCCURRENCES]
    Signal = Literal[SIGNALS]
    EventChannel = Literal[EVENT_CHANNELS]
    FeedbackSubject = Literal[(*TOPICS, *FEEDBACK_SUBJECTS)]
    CustomerChannel = Literal[CUSTOMER_CHANNELS]
    StaffChannel = Literal[STAFF_CHANNELS]

Mobility = Literal["courtesy_car", "taxi", "pick_up_and_delivery", "stays_in_store", "none"]
Step = Annotated[int | None, BeforeValidator(_read_step)]


class Strict(BaseModel):
    """A part of the wire contract: frozen, and unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CustomerFacts(Strict):
    """What the observer knows of the customer. Never changes the profile."""

    vip: StrictBool | None = None
    public_figure: StrictBool | None = None
    existing: StrictBool | None = None
    frequent_service: StrictBool | None = None


class ContactFacts(Strict):
    """Who heard the customer first."""

    first_receiver: (
        Literal["after_sales", "sales", "customer_experience", "business_development_centre", "other"] | None
    ) = None


class FeedbackFacts(Strict):
    """How the customer feels, and about what."""

    sentiment: Literal["negative", "neutral", "positive"] | None = None
    about: list[FeedbackSubject] | None = None


class ProblemFacts(Strict):
    """How bad the problem is."""

    severity: Literal["ordinary", "serious"] | None = None


class OrderFacts(Strict):
    """The vehicle's order."""

    source: Literal["factory", "stock"] | None = None
    promised_on: Day | None = None
    expected_on: Day | None = None
    delayed: StrictBool | None = None


class DealFacts(Strict):
    """The deal being made."""

    needs_consultation: StrictBool | None = None
    trade_in: StrictBool | None = None


class OfferFacts(Strict):
    """What became of the offer."""

    accepted: StrictBool | None = None


class VisitFacts(Strict):
    """The visit under way."""

    appointment: StrictBool | None = None
    waiting_customers: Annotated[StrictInt, Field(ge=0, le=1_000_000)] | None = None
    waits_in_store: StrictBool | None = None
    transferred_by: Role | None = None


class EnquiryFacts(Strict):
    """The enquiry and who holds it."""

    first_line_can_answer: StrictBool | None = None
    held_by: Literal["client_experience_specialist", "business_development_centre"] | None = None


class InspectionFacts(Strict):
    """What the inspection found."""

    specific_problem: StrictBool | None = None


class MobilityFacts(Strict):
    """How the customer stays mobile."""

    option: Mobility | None = None


class InvoiceFacts(Strict):
    """The invoice."""

    special_operations: StrictBool | None = None


class PaymentFacts(Strict):
    """The payment."""

    settled_at_reception: StrictBool | None = None


class Facts(Strict):
    """What is known; anything left out, or null, is unknown. An empty list is known to be empty."""

    customer: CustomerFacts | None = None
    contact: ContactFacts | None = None
    feedback: FeedbackFacts | None = None
    problem: ProblemFacts | None = None
    order: OrderFacts | None = None
    deal: DealFacts | None = None
    offer: OfferFacts | None = None
    visit: VisitFacts | None = None
    enquiry: EnquiryFacts | None = None
    inspection: InspectionFacts | None = None
    mobility: MobilityFacts | None = None
    claims: list[Literal["warranty", "goodwill"]] | None = None
    invoice: InvoiceFacts | None = None
    payment: PaymentFacts | None = None
    absent_roles: list[Role] | None = None


class Observer(Strict):
    """Who saw it happen. A `staff_id` nobody knows is kept as text."""

    role: Role
    staff_id: Id | None = None


class EventVehicle(Strict):
    """The vehicle it is about; what is given fills gaps of the vehicle's record."""

    vin: Id | None = None
    plate: Annotated[str, StringConstraints(max_length=32)] | None = None
    delivered_on: Day | None = None
    registered_on: Day | None = None


class Intake(Strict):
    """What the customer said, in words; personal."""

    problem: str | None = None
    situation: str | None = None


class EventData(Strict):
    """The data of `handoff.journey.step.v1`."""

    dealer_id: Id
    customer_id: Id | None = None
    step: Step = None
    intent: Literal["live", "history"] = "live"
    occurrences: Annotated[list[Occurrence], BeforeValidator(_none_is_empty)] = []
    signals: Annotated[list[Signal], BeforeValidator(_none_is_empty)] = []
    observed_by: Observer
    channel: EventChannel | None = None
    topics: Annotated[list[Topic], BeforeValidator(_none_is_empty)] = []
    case_id: Id | None = None
    vehicle: EventVehicle | None = None
    facts: Facts | None = None
    intake: Intake | None = None
    note: str | None = None

    def document(self) -> dict[str, Any]:
        """What is stored and published: `step` as its number, nothing that is null, no personal words."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"intake", "note"})


def read_data(document: Mapping[str, Any]) -> EventData:
    """Data as posted or as stored by `EventData.document`. Raises pydantic's ValidationError."""
    return EventData.model_validate(document)
