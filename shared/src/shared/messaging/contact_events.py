"""The record that a contact with a customer was recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

from typing_extensions import TypedDict

from shared.messaging.bus import CONTACT_RECORDED, Record, new_record
from shared.messaging.field_types import ContactChannel, ContactKind, ContactOutcome, Id, Own
from shared.vocabulary import JOURNEY_TOPIC


class ContactRecorded(TypedDict):
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
    channel: ContactChannel
    kind: ContactKind | None
    outcome: ContactOutcome | None
    automatic: bool
    at: datetime


def contact_record(contact: Mapping[str, Any], now: datetime) -> Record:
    """Build the record of a contact: ids and facts only, what was said stays in the table."""
    values: dict[str, Any] = {name: contact[name] for name in ContactRecorded.__annotations__}
    data = cast(ContactRecorded, values)
    return new_record(JOURNEY_TOPIC, CONTACT_RECORDED, data["dealer_id"], data["customer_id"], now, data)
