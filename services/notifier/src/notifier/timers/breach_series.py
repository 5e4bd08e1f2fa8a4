"""The series of breaches of each kind of clock, there before the first: a rise from nothing is none to watchers."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from shared.clock import real_now
from shared.db.engine import Database
from shared.db.schema import sla_timer
from shared.ids import first_id
from shared.process.telemetry import sla_breaches_total
from shared.sla.store.timers import LIVE

_STORED_WITHIN: Final = timedelta(minutes=5)
"""Real time from when a clock gets its id, which sorts by that, until it is stored."""


class BreachSeries:
    """What this process shows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._low = ""

    async def begin(self) -> None:
        """Show the count of each kind of clock that runs somewhere, at zero where none of them was breached.

        The first look is at all that runs, each other at what has begun since.
        """
        low, now = self._low, real_now()
        new = (sla_timer.c.timer_id >= low, sla_timer.c.timer_id < first_id(now + _STORED_WITHIN)) if low else ()
        columns = (sla_timer.c.dealer_id, sla_timer.c.rule, sla_timer.c.target)
        async with self._database.look() as connection:
            for kind in await connection.execute(select(*columns).where(LIVE, *new).distinct()):
                sla_breaches_total.labels(*kind)
        self._low = first_id(now - _STORED_WITHIN)
