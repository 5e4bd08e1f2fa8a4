"""Plans that a connection keeps: each statement is planned once, and again as the tables grow."""

import time
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared

PLAN_ONCE: Final = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""Settings of a session whose statements are planned once, for any parameters, by indexes alone: a plan that is made
while a table is small would else read the whole of it for as long as it is kept."""

_LAST_AT_FIRST: Final = 2.0
_LAST_AT_MOST: Final = 300.0
_FORGET: Final = Prepared("discard plans")


async def forget_old_plans(connection: AsyncConnection) -> None:
    """Have statements planned anew where the connection's plans are old: 2 s at first, then twice as old each time.

    While tables are nearly empty one index seems as good as another, and the statistics that tell come a minute later.
    From 300 s of real time on it stays at that.
    """
    kept, now = (await connection.get_raw_connection()).info, time.monotonic()
    last = kept.setdefault("plans_last", _LAST_AT_FIRST)
    if now - kept.setdefault("planned_at", now) >= last:
        await _FORGET.rows(connection)
        kept |= {"planned_at": now, "plans_last": min(2 * last, _LAST_AT_MOST)}
