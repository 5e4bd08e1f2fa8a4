"""The record that a contact with a customer was recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from shared.messaging.bus import CONTACT_RECORDED, Record, new_record
from shared.vocabulary import JOURNEY_TOPIC

_IDS: Final = ("contact_id", "dealer_id", "customer_id", "case_id", "task_id", "staff_id", "notification_id")
_FACTS: Final = ("direction", "channel", "kind", "outcome", "automatic", "at")


def contact_record(contact: Mapping[str, Any], now: datetime) -> Record:
    """Build the record of a contact: ids and facts only, what was said stays in the table."""
    data = {name: contact[name] for name in (*_IDS, *_FACTS)}
    return new_record(JOURNEY_TOPIC, CONTACT_RECORDED, contact["dealer_id"], contact["customer_id"], now, data)
