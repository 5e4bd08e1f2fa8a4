"""The data of the record of a contact, on the journey topic."""

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from journey_api.docs.event_schemas.parts import Own, Shape
from journey_api.http.field_types import Id
from shared.sla.fact_names import CONTACT_KINDS, NOT_REACHED
from shared.vocabulary import EVENT_CHANNELS

CHANNELS: Final = (*EVENT_CHANNELS, "sms", "whatsapp")
OUTCOMES: Final = ("spoke", *sorted(NOT_REACHED))

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Channel = str
    Kind = str
    Outcome = str
else:
    Channel = Literal[CHANNELS]
    Kind = Literal[CONTACT_KINDS]
    Outcome = Literal[OUTCOMES]


class ContactRecorded(Shape):
    """Something was said to or by a customer; the words themselves are in no record.

    `automatic`: Handoff sent it by itself. `at` is when it was said, `notification_id` the message it was.
    """

    contact_id: Own
    dealer_id: Id
    customer_id: Id
    case_id: Id | None
    task_id: Own | None
    staff_id: Id | None
    notification_id: Own | None
    direction: Literal["inbound", "outbound"]
    channel: Channel
    kind: Kind | None
    outcome: Outcome | None
    automatic: bool
    at: datetime
