"""What a message may be the reply to, and by which channels it then goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, bindparam, null, select

from notifier.context import Desk
from notifier.planning.allowed_times import REPLY_EXEMPTION
from shared.db.schema import contact, inbound_message, journey_event

REPLY_KINDS: Final = {"message": ("whatsapp", "sms"), "whatsapp": ("whatsapp",), "sms": ("sms",), "email": ("email",)}
"""The channels that answer an inbound message or e-mail; who records a contact may know which of the two it was."""

_RETURNED_KINDS: Final = {**REPLY_KINDS, "telephone": ("telephone",), "post": ("post",)}
"""The channels on which an inbound contact may be returned; an event by telephone need not be one."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a customer said of late: when last, and the channels of a reply."""

    at: datetime
    kinds: tuple[str, ...]


def reply_kinds(channel: str, provider_channel: str | None) -> tuple[str, ...]:
    """The channels that answer a contact; the one it came by where a provider handed it over."""
    return (provider_channel,) if provider_channel else REPLY_KINDS.get(channel, ())


async def fresh_inbound(desk: Desk, dealer_id: str, customer_id: str) -> Inbound | None:
    """What a customer said so lately that a reply may disturb, on each of the channels it came by; None: nothing."""
    found: list[tuple[datetime, tuple[str, ...]]] = []
    for query in (_contacts(dealer_id, customer_id), _events(dealer_id, customer_id)):
        rows = await desk.connection.execute(query, {"since": desk.now - REPLY_EXEMPTION})
        found += [(row.at, (row.by,) if row.by else _RETURNED_KINDS[row.channel]) for row in rows]
    if not found:
        return None
    kinds = dict.fromkeys(kind for _, some in sorted(found, reverse=True) for kind in some)
    return Inbound(max(at for at, _ in found), tuple(kinds))


def _contacts(dealer_id: str, customer_id: str) -> Select[Any]:
    columns, came = contact.c, inbound_message.c
    return (
        select(columns.at, columns.channel, came.channel.label("by"))
        .outerjoin(inbound_message, came.contact_id == columns.contact_id)
        .where(columns.dealer_id == dealer_id, columns.customer_id == customer_id)
        .where(columns.direction == "inbound", columns.channel.in_(_RETURNED_KINDS))
        .where(columns.at > bindparam("since", type_=columns.at.type))
    )


def _events(dealer_id: str, customer_id: str) -> Select[Any]:
    columns = journey_event.c
    channel = columns.data["channel"].as_string()
    return (
        select(columns.occurred_at.label("at"), channel.label("channel"), null().label("by"))
        .where(columns.dealer_id == dealer_id, columns.customer_id == customer_id)
        .where(columns.intent == "live", channel.in_(REPLY_KINDS))
        .where(columns.occurred_at > bindparam("since", type_=columns.occurred_at.type))
    )
