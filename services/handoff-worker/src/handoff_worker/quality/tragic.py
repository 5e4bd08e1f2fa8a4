"""Which tragic moments somebody is told of at once: of a vip, and the second within 30 days (timers 5.9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys
from shared.db.engine import lock_keys, record_key
from shared.db.prepared import Prepared
from shared.db.schema import customer
from shared.messaging import outbox
from shared.messaging.moment_events import TragicMoment, tragic_record
from shared.quality.types import Moment

TOLD_FOR: Final = timedelta(days=7)
"""How old a moment may be for anybody to be told of it."""

_VIPS: Final = Prepared(
    select(customer.c.dealer_id, customer.c.customer_id).where(
        in_keys(customer.c.dealer_id, customer.c.customer_id),
        customer.c.record["vip"].as_boolean().is_(True) | customer.c.record["public_figure"].as_boolean().is_(True),
    )
)
_SECOND: Final = text(
    """
    select m.moment_id from moment m
     where m.moment_id = any(cast(:ids as text[]))
       and exists (select from moment b
                    where b.dealer_id = m.dealer_id and b.customer_id = m.customer_id and b.score = -1
                      and b.moment_id <> m.moment_id and b.at between m.at - interval '30 days' and m.at)
    """
)


async def publish_tragic(connection: AsyncConnection, became: Sequence[Moment], now: datetime) -> None:
    """Publish those of the stored moments that became tragic and are to be told; takes their customers' locks."""
    fresh = [one for one in became if one.live and one.at >= now - TOLD_FOR]
    if not fresh:
        return
    reasons = await _reasons(connection, fresh)
    told = [one for one in fresh if one.moment_id in reasons]
    await lock_keys(connection, [record_key(one.dealer_id, one.customer_id) for one in told])
    await outbox.append(connection, [tragic_record(_data(one, reasons[one.moment_id]), now) for one in told])


async def _reasons(connection: AsyncConnection, fresh: Sequence[Moment]) -> Mapping[str, Literal["vip", "second"]]:
    rows = await _VIPS.rows(connection, unnest_keys((one.dealer_id, one.customer_id) for one in fresh))
    vips = {(row.dealer_id, row.customer_id) for row in rows}
    second = set(await connection.scalars(_SECOND, {"ids": [one.moment_id for one in fresh]}))
    found: dict[str, Literal["vip", "second"]] = dict.fromkeys(second, "second")
    return found | {one.moment_id: "vip" for one in fresh if (one.dealer_id, one.customer_id) in vips}


def _data(one: Moment, because: Literal["vip", "second"]) -> TragicMoment:
    return {
        "moment_id": one.moment_id,
        "dealer_id": one.dealer_id,
        "customer_id": one.customer_id,
        "case_id": one.case_id,
        "at": one.at,
        "flags": list(one.flags),
        "because": because,
    }
