"""Events that name a customer who has been merged: they are the other customer's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.intake.cloud_events import Event, of_customer
from journey_api.intake.prepare import EventKey, Posted, Stored, key_of
from shared.ids import CustomerKey
from shared.people.merged_customers import find_merged


async def name_current_customers(
    connection: AsyncConnection, posts: Sequence[Posted], known: Mapping[EventKey, Stored]
) -> list[Posted]:
    """The requests with the customers as they are today. Repeats are left as they are."""
    named = {key for posted in posts for event in posted.events if (key := _customer_of(event)) is not None}
    merged = await find_merged(connection, named)
    return [_renamed(posted, merged, known) for posted in posts] if merged else list(posts)


def _renamed(posted: Posted, merged: Mapping[CustomerKey, str], known: Mapping[EventKey, Stored]) -> Posted:
    events = [
        of_customer(event, merged[key])
        if (key := _customer_of(event)) in merged and key is not None and key_of(event) not in known
        else event
        for event in posted.events
    ]
    return replace(posted, events=events)


def _customer_of(event: Event) -> CustomerKey | None:
    data = event.data
    return (data.dealer_id, data.customer_id) if data.customer_id else None
