"""The data of a journey event on the wire: what a dealer's systems may say happened."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, StringConstraints
from pydantic_core import to_json

from journey_api.http.field_types import (
    Day,
    EventChannel,
    FeedbackSubject,
    Id,
    Mobility,
    Occurrence,
    Role,
    Signal,
    Step,
    Strict,
    Topic,
)


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
    """The data of `handoff.journey.step.v1`. Null is the same as left out."""

    dealer_id: Id
    customer_id: Id | None = None
    step: Step = None
    intent: Literal["live", "history"] = "live"
    occurrences: list[Occurrence] | None = None
    signals: list[Signal] | None = None
    observed_by: Observer
    channel: EventChannel | None = None
    topics: list[Topic] | None = None
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
