"""The record that a moment of truth was tragic enough for somebody to be told at once."""

from datetime import datetime
from typing import Final, Literal

from typing_extensions import TypedDict

from shared.messaging.bus import Record, new_record
from shared.messaging.field_types import Id, Own
from shared.vocabulary import JOURNEY_TOPIC

TRAGIC_MOMENT: Final = "handoff.moment.tragic.v1"


class TragicMoment(TypedDict):
    """A tragic moment of a customer whom the dealer must not lose, or the second within 30 days.

    `moment_id` is the id of the contact, event, promise, closing or arrival it was; `at` when it happened.
    """

    moment_id: Own
    dealer_id: Id
    customer_id: Id
    case_id: Id | None
    at: datetime
    flags: list[str]
    because: Literal["vip", "second"]


def tragic_record(data: TragicMoment, now: datetime) -> Record:
    """Build the record."""
    return new_record(JOURNEY_TOPIC, TRAGIC_MOMENT, data["dealer_id"], data["customer_id"], now, data)
