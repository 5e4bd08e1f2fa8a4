"""The window of a channel in which free words are allowed, counted from what the recipient wrote last."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Exists, exists, or_, select

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest
from notifier.notifications.staff_text_rows import load_staff_text
from shared.channels.kind import ChannelKind
from shared.channels.registry import find_kind, kind_of
from shared.db.schema import contact, inbound_message, journey_event
from shared.people.addresses import address_hash, region_of
from shared.people.eligibility import Address
from shared.vocabulary import MESSAGE


async def window_open(context: NotifierContext, dealer_id: str, to: Address, customer_id: str | None) -> bool:
    """Whether the last message from this address, or of this customer, is inside the window, in domain time.

    What an event or a contact calls by the channel it is recorded as counts, unless it is known to have come by
    another kind: where we are wrong, the provider says that the window is closed. A channel without a window is open.
    """
    kind = kind_of(to.kind)
    if kind.session is None:
        return True
    since = context.now - kind.session.length
    region = region_of(await context.dealer(dealer_id))
    opened = [_came_from(dealer_id, kind, address_hash(to.kind, to.address, region), since)]
    if customer_id is not None:
        opened += [_was_written(dealer_id, customer_id, kind, since), _was_posted(dealer_id, customer_id, kind, since)]
    return bool(await context.connection.scalar(select(or_(*opened))))


def _came_from(dealer_id: str, kind: ChannelKind, hashed: str, since: datetime) -> Exists:
    """A message that the provider handed over."""
    came = inbound_message.c
    of_dealer = (came.dealer_id == dealer_id) & (came.channel == kind.name)
    return exists().where(of_dealer, came.address_hash == hashed, came.at > since)


def _was_written(dealer_id: str, customer_id: str, kind: ChannelKind, since: datetime) -> Exists:
    """A contact; `message` says nothing of how it came, the provider's own record of it may."""
    said, came = contact.c, inbound_message.c
    by_another = exists().where(came.contact_id == said.contact_id, came.channel != kind.name)
    mine = (said.dealer_id == dealer_id) & (said.customer_id == customer_id) & (said.direction == "inbound")
    return exists().where(mine, said.channel.in_((kind.recorded_as, kind.name)), said.at > since, ~by_another)


def _was_posted(dealer_id: str, customer_id: str, kind: ChannelKind, since: datetime) -> Exists:
    """An event."""
    seen = journey_event.c
    mine = (seen.dealer_id == dealer_id) & (seen.customer_id == customer_id) & (seen.intent == "live")
    return exists().where(mine, seen.data["channel"].as_string() == kind.recorded_as, seen.occurred_at > since)


async def barred_addresses(
    context: NotifierContext, request: NotificationRequest, addresses: Iterable[Address]
) -> dict[Address, str]:
    """Where a person's free words may not go, and why: they have no template for a window that is closed."""
    if request.notification_type.name != MESSAGE:
        return {}
    limits = {one: kind.session for one in addresses if (kind := find_kind(one.kind)) and kind.session}
    if not limits or (await load_staff_text(context, request))["template"] is not None:
        return {}
    customer_id = request.recipient.customer_id
    return {
        one: f"free words go only within {session.length.total_seconds() / 3600:g} hours of the customer's last message"
        for one, session in limits.items()
        if not await window_open(context, request.dealer_id, one, customer_id)
    }
