"""When cases may become idle: a row for every open case, so that the scheduler has it looked at in time.

The row stands no later than the instant the case may be idle. Activity does not move it: whoever looks at a case that
is not idle yet schedules the next look (`close_idle`), so that an event costs no row.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Interval, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import Case
from shared.db.prepared import Prepared
from shared.db.schema import dealer
from shared.playbook.ruleset.dealer_settings import override_tables
from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.due_subjects import DueSubject, schedule

EARLIER: Final = Prepared(
    text(
        """
    update timer_due d set fire_at = s.at from (
      select r.subject_id, r.cycle, r.threshold, greatest(c.last_activity_at + :idle, :now) as at
        from journey_case c join timer_due r on r.dealer_id = c.dealer_id and r.subject_id = c.case_id
       where c.dealer_id = :dealer_id and c.status = 'open' and r.kind = 'idle_case'
         and r.fire_at > greatest(c.last_activity_at + :idle, :now)
         for update of r skip locked
    ) s where d.subject_id = s.subject_id and d.cycle = s.cycle and d.threshold = s.threshold
          and d.kind = 'idle_case' and d.dealer_id = :dealer_id
    """
    ).bindparams(bindparam("idle", type_=Interval))
)


def idle_after(playbook: Playbook, tables: Mapping[str, Any]) -> timedelta:
    """Return how long nothing happens on a case of a dealer with these `tables` before it closes by itself."""
    return timedelta(days=override_tables(playbook.rulings.tables, tables).case_idle_days)


def idle_at(last_activity_at: datetime, idle: timedelta, now: datetime, *, busy: bool) -> datetime:
    """Return the instant from which a case is idle if nothing happens.

    `busy`: it has an open deliver or a running customer clock. Whatever ends that is activity, so the case is idle no
    earlier than a whole span from now.
    """
    return (now if busy else last_activity_at) + idle


async def load_idle_spans(
    connection: AsyncConnection, playbook: Playbook, dealer_ids: Collection[str]
) -> dict[str, timedelta]:
    """Return the span of each of these dealers that has a record."""
    query = select(dealer.c.dealer_id, dealer.c.record).where(dealer.c.dealer_id.in_(sorted(dealer_ids)))
    rows = await connection.execute(query)
    return {row.dealer_id: idle_after(playbook, row.record.get("tables") or {}) for row in rows}


async def schedule_idle(
    connection: AsyncConnection, cases: Collection[Case], spans: Mapping[str, timedelta], now: datetime
) -> None:
    """Have these cases, opened or opened again now, looked at once their dealer's span is over."""
    due = [
        DueSubject("idle_case", case.dealer_id, case.case_id, now + spans[case.dealer_id], case.customer_id)
        for case in cases
    ]
    await schedule(connection, due, now)


async def reschedule_idle(connection: AsyncConnection, dealer_id: str, idle: timedelta, now: datetime) -> None:
    """Have the dealer's open cases looked at earlier where its span has become shorter."""
    await EARLIER.rows(connection, {"dealer_id": dealer_id, "idle": idle, "now": now})
