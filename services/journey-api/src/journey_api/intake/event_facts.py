"""The facts an event may give, every one of them optional."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from journey_api.http.field_types import MOST_ITEMS, Day, FeedbackSubject, Mobility, Role, Strict


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
    about: Annotated[list[FeedbackSubject], Field(max_length=MOST_ITEMS)] | None = None


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
    claims: Annotated[list[Literal["warranty", "goodwill"]], Field(max_length=MOST_ITEMS)] | None = None
    invoice: InvoiceFacts | None = None
    payment: PaymentFacts | None = None
    absent_roles: Annotated[list[Role], Field(max_length=MOST_ITEMS)] | None = None
