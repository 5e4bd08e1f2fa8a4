"""WhatsApp's service window: free words only within a day of what the recipient wrote last."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import exists, select

from notifier.desk import Desk
from notifier.obligations import Obligation
from notifier.preferences import Address
from notifier.spoken_words import load_spoken
from shared.addresses import address_hash, region_of
from shared.spoken import MESSAGE
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


async def barred_addresses(desk: Desk, obligation: Obligation, addresses: Iterable[Address]) -> dict[Address, str]:
    """Where a person's free words may not go, and why: they have no template for a window that is closed."""
    if obligation.notice.name != MESSAGE:
        return {}
    own = [address for address in addresses if address.kind == CHANNEL]
    if not own or (await load_spoken(desk, obligation))["template"] is not None:
        return {}
    closed = "free words go only within 24 hours of the customer's last WhatsApp message"
    return {one: closed for one in own if not await window_open(desk, obligation.dealer_id, one.address)}
