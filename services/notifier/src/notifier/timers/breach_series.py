"""The series of breaches of each kind of clock, there before the first: a rise from nothing is none to watchers."""

from sqlalchemy import select

from shared.db.engine import Database
from shared.db.schema import sla_timer
from shared.process.telemetry import sla_breaches_total
from shared.sla.store.timers import LIVE


async def begin_breach_series(database: Database) -> None:
    """Show the count of each kind of clock that runs somewhere, at zero where none of them was breached."""
    columns = (sla_timer.c.dealer_id, sla_timer.c.rule, sla_timer.c.target)
    async with database.look() as connection:
        for kind in await connection.execute(select(*columns).where(LIVE).distinct()):
            sla_breaches_total.labels(*kind)
