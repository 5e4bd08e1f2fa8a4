"""What customers said so lately that a reply may disturb their quiet hours."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.channels.registry import reply_channels, return_channels
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import contact, inbound_message, journey_event
from shared.ids import CustomerKey
from shared.people.contact_hours import REPLY_EXEMPTION, Inbound


async def load_recent_inbound(
    connection: AsyncConnection, customers: Collection[CustomerKey], now: datetime
) -> dict[CustomerKey, Inbound]:
    """What these customers said of late, on each of the channels it came by; those who said nothing are left out.

    An event by telephone need not be a call of the customer, so it is none.
    """
    found: dict[CustomerKey, list[tuple[datetime, tuple[str, ...]]]] = defaultdict(list)
    values = {**unnest_keys(customers), "since": now - REPLY_EXEMPTION}
    for query, answered_by in ((_CONTACTS, return_channels), (_EVENTS, reply_channels)) if customers else ():
        for row in await connection.execute(query, values):
            if kinds := (row.by,) if row.by else answered_by(row.channel or ""):
                found[row.dealer_id, row.customer_id].append((row.at, kinds))
    return {
        key: Inbound(max(at for at, _ in said), tuple(dict.fromkeys(kind for _, some in said for kind in some)))
        for key, said in found.items()
    }


_SAID: Final = contact.c
_CONTACTS: Final = (
    select(_SAID.dealer_id, _SAID.customer_id, _SAID.at, _SAID.channel, inbound_message.c.channel.label("by"))
    .outerjoin(inbound_message, inbound_message.c.contact_id == _SAID.contact_id)
    .where(in_keys(_SAID.dealer_id, _SAID.customer_id), _SAID.direction == "inbound")
    .where(_SAID.at > bindparam("since", type_=_SAID.at.type))
)
"""`by`: the kind of channel that the provider handed the contact over by."""

_POSTED: Final = journey_event.c
_EVENTS: Final = (
    select(
        _POSTED.dealer_id,
        _POSTED.customer_id,
        _POSTED.occurred_at.label("at"),
        _POSTED.data["channel"].as_string().label("channel"),
        null().label("by"),
    )
    .where(in_keys(_POSTED.dealer_id, _POSTED.customer_id), _POSTED.intent == "live")
    .where(_POSTED.occurred_at > bindparam("since", type_=_POSTED.occurred_at.type))
)
