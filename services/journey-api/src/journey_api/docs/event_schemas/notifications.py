"""The data of records on the notifications topic."""

from typing import TYPE_CHECKING, Any, Final, Literal

from journey_api.docs.event_schemas.parts import Own, Shape
from journey_api.http.field_types import Id, NotificationChannel
from shared.messaging.notification_events import RECORDED
from shared.vocabulary import MESSAGE

MESSAGES: Final = ("ACK", "STATUS", MESSAGE, "OFFERED", "WARNING", "BREACHED", "ESCALATED", "WITHDRAWN", "DECLINED")
"""What a notification can be, as the notifier names it."""
PURPOSES: Final = ("service", "marketing", "safety", "urgent_safety", "staff")
"""What consent is asked for."""

if TYPE_CHECKING:  # mypy does not read a Literal made of a tuple
    Message = str
    Purpose = str
    Told = str
else:
    Message = Literal[MESSAGES]
    Purpose = Literal[PURPOSES]
    Told = Literal[tuple(sorted(RECORDED))]


class NotificationTold(Shape):
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
    channel: NotificationChannel | None
    status: Told
    code: str | None


def narrow(status: str) -> dict[str, Any]:
    """What holds of the data of one status only."""
    return {"properties": {"status": {"const": status}}}
