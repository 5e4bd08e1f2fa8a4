"""A record whose event is gone, as after a backup was restored: what operations finds among the dead letters.

The public API takes nothing that cannot be handled, so this is the one thing that the demo writes past it.
"""

from datetime import datetime
from typing import Final

from shared.db.engine import Database, lock_keys, record_key
from shared.messaging.bus import JOURNEY_STEP, Record
from shared.messaging.outbox import append
from shared.vocabulary import JOURNEY_TOPIC

_EVENT: Final = "demo-lost-event"


async def publish_lost_event(address: str, dealer_id: str, customer_id: str, now: datetime) -> None:
    """Publish that an event was accepted which the database at this address does not hold.

    The worker gives the record up after three tries; published again it is known as the same.
    """
    key = record_key(dealer_id, customer_id)
    source = f"/dealers/{dealer_id}/systems/dms"
    data = {"dealer_id": dealer_id, "customer_id": customer_id, "step": 14, "intent": "live"}
    data |= {"observed_by": {"role": "service_advisor"}, "occurrences": ["service_due_soon"]}
    record = Record(JOURNEY_TOPIC, key, dealer_id, _EVENT, JOURNEY_STEP, source, now, data, _EVENT)
    database = Database(address, pool_size=1)
    try:
        async with database.transaction(dealer_id) as connection:
            await lock_keys(connection, [key])
            await append(connection, [record])
    finally:
        await database.close()
