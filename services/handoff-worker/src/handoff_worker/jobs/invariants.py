"""Looks once a minute for what should not be there: rows that did not fire, tasks without a clock, a stale outbox."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Gauge
from sqlalchemy import TextClause, text

from shared.db.engine import Database

UNFIRED_AFTER: Final = timedelta(minutes=2)
OUTBOX_KEPT: Final = timedelta(days=15)
"""A day past its retention: what is older should have been pruned."""

invariant_violations = Gauge("handoff_invariant_violations", "What the auditor found at its last look.", ["finding"])
invariants_clean_timestamp = Gauge("handoff_invariants_clean_timestamp_seconds", "When the auditor last found nothing.")

_log = structlog.get_logger()

_FINDINGS: Final[Mapping[str, TextClause]] = {
    "unfired_timers": text("select count(*) from timer_due where fire_at < :unfired"),
    "offers_without_clock": text(
        """
        select count(*) from task t
         where t.kind = 'deliver' and t.status = 'offered' and t.offered_to is not null
           and not coalesce((t.offer->>'to_lead')::boolean, false) and t.updated_at < :unfired
           and not exists (select 1 from sla_timer s where s.dealer_id = t.dealer_id and s.task_id = t.task_id
                              and s.rule = 'T-46' and s.state = 'running')
           and not exists (select 1 from journey_case c where c.dealer_id = t.dealer_id and c.case_id = t.case_id
                              and c.status = 'closed')
        """
    ),
    "unscheduled_waits": text(
        """
        select count(*) from task t
         where t.status = 'waiting' and t.kind in ('deliver', 'reminder') and t.assignee_id is not null
           and t.updated_at < :unfired and (t.waiting_until < :unfired or t.waiting_until > :now)
           and not exists (select from timer_due d where d.subject_id = t.task_id and d.kind = 'wait')
        """
    ),
    "stale_outbox": text(
        "select count(*) from (select wall_clock_at from outbox order by seq limit 1) oldest"
        " where wall_clock_at < :stale"
    ),
}


async def audit(database: Database, now: datetime, real: datetime, rate: float = 1.0) -> Mapping[str, int]:
    """Count what is wrong, as metrics and, where there is any, in the log; answers the counts."""
    values = {"now": now, "unfired": now - UNFIRED_AFTER * max(rate, 1.0), "stale": real - OUTBOX_KEPT}
    found: dict[str, int] = {}
    async with database.transaction() as connection:
        for finding, statement in _FINDINGS.items():
            wanted = {name: values[name] for name in statement.compile().params}
            found[finding] = await connection.scalar(statement, wanted) or 0
    for finding, count in found.items():
        invariant_violations.labels(finding).set(count)
    if any(found.values()):
        _log.warning("audit", **found)
    else:
        invariants_clean_timestamp.set(real.timestamp())
    return found
