"""The records that tell of notifications."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from sqlalchemy import RowMapping
from typing_extensions import TypedDict

from shared.messaging.bus import Record, new_record
from shared.messaging.field_types import Channel, Id, Own
from shared.vocabulary import MESSAGE, NOTIFICATIONS_TOPIC

RECORDED: Final = frozenset({"queued", "held", "sent", "delivered", "read", "failed", "withdrawn"})
"""The statuses a record is appended for."""

MESSAGES: Final = (
    "ACK",
    "STATUS",
    "PARTS",
    "DATE",
    "READY",
    "REMIND",
    "CARD",
    "INVITE",
    MESSAGE,
    "OFFERED",
    "WARNING",
    "BREACHED",
    "ESCALATED",
    "WITHDRAWN",
    "DECLINED",
    "TRAGIC",
    "CHANGED",
)
"""What a notification can be, as the notifier names it."""

PURPOSES: Final = ("service", "marketing", "safety", "urgent_safety", "staff")
"""What consent is asked for."""

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Message = str
    Purpose = str
    Recorded = str
else:
    Message = Literal[MESSAGES]
    Purpose = Literal[PURPOSES]
    Recorded = Literal[tuple(sorted(RECORDED))]


class NotificationTold(TypedDict):
    """What a notification has become: to a customer or to a member of staff, the other one null.

    `channel` is null as long as none is chosen, `code` says why it failed, was withdrawn or has to wait.
    """

    notification_id: Own
    dealer_id: Id
    customer_id: Id | None
    staff_id: Id | None
    task_id: Own | None
    case_id: Id | None
    message: Message
    purpose: Purpose
    channel: Channel | None
    status: Recorded
    code: str | None


def notification_record(row: RowMapping, now: datetime) -> Record:
    """What a notification has become; ids and facts only: addresses and words stay in the tables."""
    values: dict[str, Any] = {name: row[name] for name in NotificationTold.__annotations__}
    data = cast(NotificationTold, values)
    kind = f"handoff.notification.{data['status']}.v1"
    return new_record(NOTIFICATIONS_TOPIC, kind, data["dealer_id"], data["customer_id"], now, data)
