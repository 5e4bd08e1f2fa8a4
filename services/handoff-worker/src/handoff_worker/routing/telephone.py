"""How soon a ringing telephone was answered (T-01): measured where a telephone system posts both signals."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.durations import Duration
from shared.cases.journey_events import StoredEvent
from shared.process.telemetry import telephone_answer_seconds
from shared.sla.store.policies import load_policies

RULE: Final = "T-01"
ANSWERED: Final = "phone_answered"
RINGS_AT_MOST: Final = timedelta(minutes=10)
"""How long ago a telephone may have begun to ring that is answered now."""

_RINGING: Final = text(
    """
    select e.occurred_at from journey_event e
     where e.dealer_id = :dealer_id and e.customer_id is not distinct from cast(:customer_id as text)
       and e.occurred_at between :low and :at and e.intent = 'live' and e.data -> 'signals' ? 'phone_ringing'
       and not exists (
         select from journey_event a
          where a.dealer_id = e.dealer_id and a.customer_id is not distinct from e.customer_id
            and a.occurred_at >= e.occurred_at and a.occurred_at < :at and a.data -> 'signals' ? 'phone_answered')
     order by e.occurred_at desc limit 1
    """
)
"""The newest call of a customer, or of nobody known, that was not answered before."""


async def measure_answers(connection: AsyncConnection, events: Sequence[StoredEvent]) -> None:
    """Measure these answers in physical seconds; one without a ringing before it measures nothing, nobody is told."""
    for event in events:
        if event.live and ANSWERED in (event.data.get("signals") or ()):
            await _measure(connection, event)


async def _measure(connection: AsyncConnection, event: StoredEvent) -> None:
    at = event.occurred_at
    values = {
        "dealer_id": event.dealer_id,
        "customer_id": event.customer_id,
        "at": at,
        "low": at - RINGS_AT_MOST,
    }
    rang_at = await connection.scalar(_RINGING, values)
    if rang_at is None:
        return
    policies = (await load_policies(connection, [event.dealer_id]))[event.dealer_id]
    allowed = policies.duration_of(RULE)
    in_time = isinstance(allowed, Duration) and at - rang_at <= allowed.time
    telephone_answer_seconds.labels("yes" if in_time else "no").observe((at - rang_at).total_seconds())
