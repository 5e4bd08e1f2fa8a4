"""Measures what operations watch, as gauges by dealer: overdue, at risk, queued, unaccepted, given up, behind."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, get_args

from prometheus_client import Gauge
from sqlalchemy import TextClause, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.unrouted_events import routed_so_far
from shared.db.engine import Database
from shared.db.schema import dealer
from shared.db.schema.list_order import ENDED_TASK
from shared.lifecycle import Recorded
from shared.messaging.postgres.backlog import measure_backlog
from shared.sla.store.documents import PUBLISHED
from shared.vocabulary import SLA_TOPIC, TASKS_TOPIC

AT_RISK: Final = timedelta(minutes=15)
"""A running clock due so soon is at risk."""

open_breaches = Gauge("handoff_open_breaches", "Clocks past due and not ended.", ["dealer"])
clocks_at_risk = Gauge("handoff_clocks_at_risk", "Running clocks due within 15 minutes.", ["dealer"])
queue_length = Gauge("handoff_queue_length", "Tasks that nobody could be offered.", ["dealer"])
oldest_unaccepted = Gauge(
    "handoff_oldest_unaccepted_seconds", "Age of the oldest task nobody has accepted, domain time.", ["dealer"]
)
dead_letters = Gauge("handoff_dead_letters", "Records given up and kept.", ["dealer"])
unrouted_events = Gauge("handoff_unrouted_events", "Events of the last day that are still to be routed.", ["dealer"])
feed_lag = Gauge("handoff_feed_lag_seconds", "Age of the oldest record that is not in a feed yet, real time.")

_BY_DEALER: Final[Mapping[Gauge, TextClause]] = {
    open_breaches: text(
        """
        select d.dealer_id, count(*) from dealer d
          join sla_timer s on s.dealer_id = d.dealer_id and s.due_at < :now
         where s.state in ('running', 'paused') and s.breached_at is not null group by d.dealer_id
        """
    ),
    clocks_at_risk: text(
        """
        select d.dealer_id, count(*) from dealer d
          join sla_timer s on s.dealer_id = d.dealer_id and s.due_at >= :now and s.due_at < :soon
         where s.state = 'running' group by d.dealer_id
        """
    ),
    queue_length: text(
        "select dealer_id, count(*) from task where status = 'offered' and offered_to is null group by dealer_id"
    ),
    oldest_unaccepted: text(
        f"""
        select d.dealer_id, extract(epoch from cast(:now as timestamptz) - oldest.created_at)
          from dealer d cross join unnest(array[false]) as has(ended) cross join lateral (
            select t.created_at from task t
             where t.dealer_id = d.dealer_id and {ENDED_TASK} = has.ended and t.status = 'offered'
             order by t.created_at limit 1) oldest
        """
    ),
    dead_letters: text("select dealer_id, count(*) from dead_letter where dealer_id is not null group by dealer_id"),
}
_FEED: Final = "feed"
_FED: Final = [f"handoff.task.{action}.v1" for action in get_args(Recorded)] + [
    f"handoff.sla.{action}.v1" for action in PUBLISHED
]


async def measure_operations(database: Database, now: datetime, real: datetime) -> None:
    """Set every gauge, 0 for a dealer without any. Each worker process shows the same figures: take their maximum."""
    values: dict[str, Any] = {"now": now, "soon": now + AT_RISK}
    async with database.transaction() as connection:
        dealers = list(await connection.scalars(select(dealer.c.dealer_id)))
        counted = {unrouted_events: await _count_unrouted(connection, real)}
        for gauge, statement in _BY_DEALER.items():
            wanted = {name: values[name] for name in statement.compile().params}
            rows = await connection.execute(statement, wanted)
            counted[gauge] = {dealer_id: float(value) for dealer_id, value in rows}
        behind = await measure_backlog(connection, _FEED, (TASKS_TOPIC, SLA_TOPIC), _FED)
    for gauge, by_dealer in counted.items():
        gauge.clear()
        for dealer_id in dealers:
            gauge.labels(dealer_id).set(max(by_dealer.get(dealer_id, 0.0), 0.0))
    feed_lag.set(behind.age(real))


async def _count_unrouted(connection: AsyncConnection, real: datetime) -> dict[str, float]:
    found = (await routed_so_far(connection)).unrouted(real)
    query = select(found.c.dealer_id, func.count()).group_by(found.c.dealer_id)
    return {dealer_id: float(count) for dealer_id, count in await connection.execute(query)}
