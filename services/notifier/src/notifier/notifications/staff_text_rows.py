"""Reads the messages that staff wrote."""

from collections.abc import Collection

from sqlalchemy import RowMapping, select

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest
from shared.db.schema import staff_message


async def load_staff_text(context: NotifierContext, request: NotificationRequest) -> RowMapping:
    """The words behind an obligation. Raises LookupError where there are none."""
    return (await load_staff_texts(context, [request.key]))[request.key]


async def load_staff_texts(context: NotifierContext, keys: Collection[str]) -> dict[str, RowMapping]:
    """The words behind obligations, by their keys; whichever channel one is at, its words are kept under the key."""
    if not keys:
        return {}
    query = select(staff_message).where(staff_message.c.notification_id.in_(sorted(keys)))
    return {row["notification_id"]: row for row in (await context.connection.execute(query)).mappings()}
