"""The numbers messages to us are written to: the installation's, and those of dealers that have one of their own."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.callbacks.whatsapp import OwnNumbers
from shared.db.schema import dealer


async def load_own_numbers(connection: AsyncConnection, installation: str) -> OwnNumbers:
    """By WhatsApp's id of a number, the dealers it is the number of. `installation`: its id, empty where it has none.

    Without the installation's nothing is known of which numbers are ours, so it answers none.
    """
    if not installation:
        return {}
    number = dealer.c.record["sender"]["whatsapp_phone_id"].as_string()
    dealers: dict[str, set[str]] = defaultdict(set)
    for row in await connection.execute(select(dealer.c.dealer_id, number).where(number.is_not(None))):
        dealers[row[1]].add(row[0])
    return {installation: frozenset(), **{phone_id: frozenset(some) for phone_id, some in dealers.items()}}
