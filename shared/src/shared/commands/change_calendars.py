"""Calendars that come into force at their time: the scheduler says when, nobody looks for it (timers 5.1.9)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.versions import come_into_force, next_change
from shared.db.bulk import update_all
from shared.db.schema import dealer
from shared.ids import new_id
from shared.sla.store.due_subjects import DueSubject, schedule, unschedule
from shared.sla.store.trigger_rows import reschedule_dealers

_HELD: Final = (
    select(dealer.c.dealer_id, dealer.c.record, dealer.c.version)
    .where(dealer.c.dealer_id.in_(bindparam("dealers", expanding=True)))
    .order_by(dealer.c.dealer_id)
    .with_for_update()
)


async def schedule_calendars(
    connection: AsyncConnection, dealer_id: str, record: Mapping[str, Any], now: datetime
) -> None:
    """Have the dealer's next calendar come into force at its time; the only row of a dealer is replaced or deleted."""
    at = next_change(record)
    if at is None:
        await unschedule(connection, "calendar", [(dealer_id, dealer_id)])
    else:
        await schedule(connection, [DueSubject("calendar", dealer_id, dealer_id, at)], now)


async def bring_calendars_into_force(
    connection: AsyncConnection, dealer_ids: Collection[str], now: datetime
) -> list[str]:
    """Make the calendars of these dealers that are due the present ones; answers whose hours changed.

    Holds the dealers' rows, as a PUT of them does. Running clocks keep the hours they have; what time rules have
    scheduled is moved.
    """
    if not dealer_ids:
        return []
    rows = (await connection.execute(_HELD, {"dealers": sorted(dealer_ids)})).all()
    changed = [(row, record) for row in rows if (record := come_into_force(row.record, now)) is not None]
    await update_all(
        connection,
        dealer,
        [
            {
                "dealer_id": row.dealer_id,
                "record": record,
                "version": row.version + 1,
                "revision": new_id(),
                "updated_at": now,
            }
            for row, record in changed
        ],
    )
    later = ((row.dealer_id, next_change(record)) for row, record in changed)
    await schedule(connection, [DueSubject("calendar", name, name, at) for name, at in later if at is not None], now)
    ids = [row.dealer_id for row, _ in changed]
    await reschedule_dealers(connection, ids, now)
    return ids
