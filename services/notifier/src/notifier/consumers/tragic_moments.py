"""Tragic moments that the client experience managers are told of: once a case and day of the dealer (timers 5.9)."""

from collections.abc import Iterator, Sequence
from typing import Final

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.planner import request_notifications
from shared.calendar.availability import Staff
from shared.calendar.open_intervals import local_date
from shared.messaging.bus import Record

OVERSEER: Final = "client_experience_manager"


async def on_tragic_moments(context: NotifierContext, records: Sequence[Record]) -> None:
    """Tell every client experience manager who is not off: at once who is on shift, the others when theirs begins."""
    requests: list[NotificationRequest] = []
    for record in records:
        people = await context.people(record.dealer_id)
        requests += _requests(record, people, local_date(people.calendar, context.now).isoformat())
    await request_notifications(context, requests)


def _requests(record: Record, people: Staff, day: str) -> Iterator[NotificationRequest]:
    data = record.data
    for member in people.members.values():
        if OVERSEER in member.roles and member.presence != "off":
            yield NotificationRequest(
                dealer_id=record.dealer_id,
                notification_type=NOTIFICATION_TYPES["TRAGIC"],
                recipient=Recipient(staff_id=member.staff_id),
                key=f"{data['case_id'] or data['customer_id']}:{day}",
                case_id=data["case_id"],
                about={name: data[name] for name in ("customer_id", "flags", "at", "because")},
            )
