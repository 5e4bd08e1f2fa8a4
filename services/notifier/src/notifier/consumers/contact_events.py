"""Recorded contacts: inbound messages are acknowledged; a customer who was reached is not tried any further."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from notifier.context import Desk
from notifier.followup.fallback_chain import being_tried, note_proof
from notifier.notifications.request import Obligation, Recipient
from notifier.notifications.types import NOTICES
from notifier.planning.planner import meet_all
from notifier.planning.reply_channel import REPLY_KINDS, reply_kinds
from shared.db.schema import inbound_message
from shared.messaging.bus import Record
from shared.sla.fact_names import NO_REPLY_NEEDED


def needs_handling(record: Record) -> bool:
    """Whether the contact is to be acknowledged or confirms that the customer was reached."""
    return _confirms(record.data)


async def on_contacts(desk: Desk, records: Sequence[Record]) -> None:
    """End what these contacts prove unnecessary and plan their acknowledgements; the caller holds the locks."""
    contacts = [record.data for record in records]
    tried = await being_tried(desk, {(one["dealer_id"], one["customer_id"]) for one in contacts if _confirms(one)})
    for one in contacts:
        if _confirms(one) and (one["dealer_id"], one["customer_id"]) in tried:
            # a person knows the case spoken of; which of our messages the customer's own words answer, nobody knows
            case_id = one["case_id"] if one["direction"] == "outbound" else None
            await note_proof(desk, one["dealer_id"], one["customer_id"], case_id, datetime.fromisoformat(one["at"]))
    owed = [one for one in contacts if _is_answered(one)]
    came_by = await _provider_channels(desk, [one["contact_id"] for one in owed])
    await meet_all(desk, [_acknowledgement(one, came_by.get(one["contact_id"])) for one in owed])


def _confirms(contact: Mapping[str, Any]) -> bool:
    """Whether the customer spoke or wrote."""
    spoken: bool = contact["outcome"] == "spoke" or contact["channel"] == "store"
    return spoken or contact["direction"] == "inbound"


def _is_answered(contact: Mapping[str, Any]) -> bool:
    inbound = contact["direction"] == "inbound" and contact["channel"] in REPLY_KINDS
    return inbound and contact["kind"] != NO_REPLY_NEEDED


async def _provider_channels(desk: Desk, contact_ids: Collection[str]) -> dict[str, str]:
    """By which of our channels contacts came that a provider handed over."""
    if not contact_ids:
        return {}
    columns = inbound_message.c
    query = select(columns.contact_id, columns.channel).where(columns.contact_id.in_(contact_ids))
    return {row.contact_id: row.channel for row in await desk.connection.execute(query)}


def _acknowledgement(contact: Mapping[str, Any], provider_channel: str | None) -> Obligation:
    return Obligation(
        dealer_id=contact["dealer_id"],
        notice=NOTICES["ACK"],
        recipient=Recipient(customer_id=contact["customer_id"]),
        key=contact["contact_id"],
        case_id=contact["case_id"],
        reply_kinds=reply_kinds(contact["channel"], provider_channel),
        inbound_at=datetime.fromisoformat(contact["at"]),
    )
