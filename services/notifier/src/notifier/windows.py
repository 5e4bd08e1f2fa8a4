"""WhatsApp's service window: free words only within a day of what the recipient wrote last."""

from datetime import timedelta
from typing import Final

from sqlalchemy import exists, select

from notifier.desk import Desk
from shared.addresses import address_hash, region_of
from shared.tables import inbound_message

CHANNEL: Final = "whatsapp"
WINDOW: Final = timedelta(hours=24)
WINDOW_CLOSED: Final = "131047"
"""The provider's code for free words outside of its window."""

OUTSIDE_WINDOW: Final = "outside_window"
"""Our code for words that have no template and may not go as they are."""


async def window_open(desk: Desk, dealer_id: str, address: str) -> bool:
    """Whether the last WhatsApp message from this address is younger than a day, in domain time."""
    region = region_of(await desk.dealer(dealer_id))
    columns = inbound_message.c
    recent = exists().where(
        columns.dealer_id == dealer_id,
        columns.channel == CHANNEL,
        columns.address_hash == address_hash(CHANNEL, address, region),
        columns.at > desk.now - WINDOW,
    )
    return bool(await desk.connection.scalar(select(recent)))
