"""WhatsApp's service window: free words only within a day of what the recipient wrote last."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Exists, exists, or_, select

from notifier.channels.channel import CHANNEL
from notifier.context import Desk
from notifier.notifications.request import Obligation
from notifier.notifications.staff_text_rows import load_spoken
from notifier.planning.preferences import Address
from shared.db.schema import contact, inbound_message, journey_event
from shared.people.addresses import address_hash, region_of
from shared.vocabulary import MESSAGE

WINDOW: Final = timedelta(hours=24)


async def window_open(desk: Desk, dealer_id: str, address: str, customer_id: str | None) -> bool:
    """Whether the last WhatsApp message from this address, or of this customer, is younger than a day, in domain time.

    What an event or a contact calls a message counts, unless it is known to have come by SMS: where we are wrong, the
    provider says that the window is closed.
    """
    since = desk.now - WINDOW
    region = region_of(await desk.dealer(dealer_id))
    opened = [_came_from(dealer_id, address_hash(CHANNEL, address, region), since)]
    if customer_id is not None:
        opened += [_was_said(dealer_id, customer_id, since), _was_posted(dealer_id, customer_id, since)]
    return bool(await desk.connection.scalar(select(or_(*opened))))


def _came_from(dealer_id: str, hashed: str, since: datetime) -> Exists:
    """A message that the provider handed over."""
    came = inbound_message.c
    of_dealer = (came.dealer_id == dealer_id) & (came.channel == CHANNEL)
    return exists().where(of_dealer, came.address_hash == hashed, came.at > since)


def _was_said(dealer_id: str, customer_id: str, since: datetime) -> Exists:
    """A contact; `message` says nothing of how it came, the provider's own record of it may."""
    said, came = contact.c, inbound_message.c
    by_sms = exists().where(came.contact_id == said.contact_id, came.channel == "sms")
    mine = (said.dealer_id == dealer_id) & (said.customer_id == customer_id) & (said.direction == "inbound")
    return exists().where(mine, said.channel.in_(("message", CHANNEL)), said.at > since, ~by_sms)


def _was_posted(dealer_id: str, customer_id: str, since: datetime) -> Exists:
    """An event."""
    seen = journey_event.c
    mine = (seen.dealer_id == dealer_id) & (seen.customer_id == customer_id) & (seen.intent == "live")
    return exists().where(mine, seen.data["channel"].as_string() == "message", seen.occurred_at > since)


async def barred_addresses(desk: Desk, obligation: Obligation, addresses: Iterable[Address]) -> dict[Address, str]:
    """Where a person's free words may not go, and why: they have no template for a window that is closed."""
    if obligation.notice.name != MESSAGE:
        return {}
    own = [address for address in addresses if address.kind == CHANNEL]
    if not own or (await load_spoken(desk, obligation))["template"] is not None:
        return {}
    closed = "free words go only within 24 hours of the customer's last WhatsApp message"
    customer_id = obligation.recipient.customer_id
    return {one: closed for one in own if not await window_open(desk, obligation.dealer_id, one.address, customer_id)}
