"""The records that tell of notifications."""

from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping

from shared.messaging.bus import Record, new_record
from shared.vocabulary import NOTIFICATIONS_TOPIC

RECORDED: Final = frozenset({"queued", "held", "sent", "delivered", "read", "failed", "withdrawn"})
"""The statuses a record is appended for."""

_IDS: Final = ("notification_id", "dealer_id", "customer_id", "staff_id", "task_id", "case_id")
_FACTS: Final = ("message", "purpose", "channel", "status", "code")


def notification_record(row: RowMapping, now: datetime) -> Record:
    """What a notification has become; ids and facts only: addresses and words stay in the tables."""
    data = {name: row[name] for name in (*_IDS, *_FACTS)}
    kind = f"handoff.notification.{row['status']}.v1"
    return new_record(NOTIFICATIONS_TOPIC, kind, row["dealer_id"], row["customer_id"], now, data)
