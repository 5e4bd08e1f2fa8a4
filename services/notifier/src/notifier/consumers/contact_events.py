"""Recorded contacts: inbound messages are acknowledged; a customer who was reached is not tried any further."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from notifier.context import NotifierContext
from notifier.followup.fallback_chain import being_tried, confirm_contact
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.planner import request_notifications
from shared.channels.registry import reply_channels, written_contact_channels
from shared.commands.record_contact import is_history
from shared.db.schema import inbound_message
from shared.messaging.bus import Record
from shared.sla.fact_view import NO_REPLY_NEEDED


def needs_handling(record: Record) -> bool:
    """Whether the contact is to be acknowledged or confirms that the customer was reached."""
    return _confirms(record.data)


async def on_contacts(context: NotifierContext, records: Sequence[Record]) -> None:
    """End what these contacts prove unnecessary and plan their acknowledgements; the caller holds the locks."""
    contacts = [record.data for record in records]
    tried = await being_tried(context, {(one["dealer_id"], one["customer_id"]) for one in contacts if _confirms(one)})
    for one in contacts:
        if _confirms(one) and (one["dealer_id"], one["customer_id"]) in tried:
            # a person knows the case spoken of; which of our messages the customer's own words answer, nobody knows
            case_id = one["case_id"] if one["direction"] == "outbound" else None
            await confirm_contact(
                context, one["dealer_id"], one["customer_id"], case_id, datetime.fromisoformat(one["at"])
            )
    owed = [record.data for record in records if _is_answered(record)]
    came_by = await _provider_channels(context, [one["contact_id"] for one in owed])
    await request_notifications(context, [_acknowledgement(one, came_by.get(one["contact_id"])) for one in owed])


def _confirms(contact: Mapping[str, Any]) -> bool:
    """Whether the customer spoke or wrote."""
    spoken: bool = contact["outcome"] == "spoke" or contact["channel"] == "store"
    return spoken or contact["direction"] == "inbound"


def _is_answered(record: Record) -> bool:
    """Whether somebody waits for an acknowledgement; of an old message that is brought over nobody does."""
    contact = record.data
    inbound = contact["direction"] == "inbound" and contact["channel"] in written_contact_channels()
    waits = contact["kind"] != NO_REPLY_NEEDED and not is_history(datetime.fromisoformat(contact["at"]), record.time)
    return inbound and waits


async def _provider_channels(context: NotifierContext, contact_ids: Collection[str]) -> dict[str, str]:
    """By which of our channels contacts came that a provider handed over."""
    if not contact_ids:
        return {}
    columns = inbound_message.c
    query = select(columns.contact_id, columns.channel).where(columns.contact_id.in_(contact_ids))
    return {row.contact_id: row.channel for row in await context.connection.execute(query)}


def _acknowledgement(contact: Mapping[str, Any], provider_channel: str | None) -> NotificationRequest:
    return NotificationRequest(
        dealer_id=contact["dealer_id"],
        notification_type=NOTIFICATION_TYPES["ACK"],
        recipient=Recipient(customer_id=contact["customer_id"]),
        key=contact["contact_id"],
        case_id=contact["case_id"],
        reply_kinds=(provider_channel,) if provider_channel else reply_channels(contact["channel"]),
        inbound_at=datetime.fromisoformat(contact["at"]),
    )
