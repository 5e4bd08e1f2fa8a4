"""What a message may be the reply to, and by which channels it then goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, Select, null, select

from notifier.desk import Desk
from notifier.timing import REPLY_EXEMPTION
from shared.tables import contact, inbound_message, journey_event

REPLY_KINDS: Final = {"message": ("whatsapp", "sms"), "whatsapp": ("whatsapp",), "sms": ("sms",), "email": ("email",)}
"""The channels that answer an inbound message or e-mail; who records a contact may know which of the two it was."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a customer said: when, and the channels of a reply."""

    at: datetime
    kinds: tuple[str, ...]


def reply_kinds(channel: str, provider_channel: str | None) -> tuple[str, ...]:
    """The channels that answer a contact; the one it came by where a provider handed it over."""
    return (provider_channel,) if provider_channel else REPLY_KINDS.get(channel, ())


async def fresh_inbound(desk: Desk, dealer_id: str, customer_id: str) -> Inbound | None:
    """The newest inbound message or e-mail of a customer, if it is young enough for a reply to disturb."""
    found = []
    for query in (_contacts(dealer_id, customer_id), _events(dealer_id, customer_id)):
        row: RowMapping | None = (await desk.connection.execute(query.limit(1))).mappings().one_or_none()
        if row is not None and row["at"] > desk.now - REPLY_EXEMPTION:
            found.append(Inbound(row["at"], reply_kinds(row["channel"], row["by"])))
    return max(found, key=lambda inbound: inbound.at, default=None)


def _contacts(dealer_id: str, customer_id: str) -> Select[Any]:
    columns, came = contact.c, inbound_message.c
    return (
        select(columns.at, columns.channel, came.channel.label("by"))
        .outerjoin(inbound_message, came.contact_id == columns.contact_id)
        .where(columns.dealer_id == dealer_id, columns.customer_id == customer_id)
        .where(columns.direction == "inbound", columns.channel.in_(REPLY_KINDS))
        .order_by(columns.at.desc())
    )


def _events(dealer_id: str, customer_id: str) -> Select[Any]:
    columns = journey_event.c
    channel = columns.data["channel"].as_string()
    return (
        select(columns.occurred_at.label("at"), channel.label("channel"), null().label("by"))
        .where(columns.dealer_id == dealer_id, columns.customer_id == customer_id)
        .where(columns.intent == "live", channel.in_(REPLY_KINDS))
        .order_by(columns.occurred_at.desc())
    )
