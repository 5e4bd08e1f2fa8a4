"""Triggers that count from events, of cases and of the dealership, moved to a dealer's hours and durations of now."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.signal_rules import SIGNALS
from shared.db.schema import journey_event
from shared.sla.policy.policy import Policies
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.policies import load_policies
from shared.sla.triggers.case_triggers import CASE_RULES, trigger_again

_NAMES: Final = ", ".join(f"'{rule}'" for rule in (*CASE_RULES, *SIGNALS.values()))
_PAGE: Final = text(
    f"""
    select id, subject_id, customer_id, threshold, cycle, fire_at from timer_due
     where kind = 'trigger' and threshold in ({_NAMES}) and dealer_id = :dealer_id and id > :after
     order by id limit :most
       for update
    """
)


async def move_case_triggers(
    connection: AsyncConnection, dealer_id: str, after: str, most: int, now: datetime
) -> str | None:
    """Move the dealer's next triggers behind the row `after`; answers the last of them, None where there are no more.

    The rows are held: what fires meanwhile is gone, and nothing is brought back.
    """
    rows = (await connection.execute(_PAGE, {"dealer_id": dealer_id, "after": int(after or 0), "most": most})).all()
    if not rows:
        return None
    policies = (await load_policies(connection, [dealer_id]))[dealer_id]
    began = await _began(connection, {row.subject_id for row in rows})
    await schedule(connection, _moved(dealer_id, rows, began, policies, now), now)
    return str(rows[-1].id) if len(rows) == most else None


def _moved(
    dealer_id: str, rows: Sequence[Row[Any]], began: dict[str, datetime], policies: Policies, now: datetime
) -> Iterator[DueSubject]:
    for row in rows:
        since = began.get(row.subject_id)
        at = trigger_again(row.threshold, since, row.cycle, policies, now) if since else None
        if at is not None and at != row.fire_at:
            yield DueSubject("trigger", dealer_id, row.subject_id, at, row.customer_id, row.threshold, row.cycle)


async def _began(connection: AsyncConnection, event_ids: set[str]) -> dict[str, datetime]:
    """When the events happened from which the triggers count."""
    columns = journey_event.c
    query = select(columns.event_id, columns.occurred_at).where(columns.event_id.in_(sorted(event_ids)))
    return {row.event_id: row.occurred_at for row in await connection.execute(query)}
