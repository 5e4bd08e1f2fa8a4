"""How a customer was treated, in a few figures, for whoever meets her next (timers 5.9, `packet.experience`)."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from shared.db.prepared import Prepared
from shared.ids import CustomerKey
from shared.quality.types import WEIGHS_FOR, Score


class WorstMoment(TypedDict):
    """The worst moment that still weighs: its case was not closed satisfied."""

    at: datetime
    step: int | None
    flags: list[str]
    score: Score


class Experience(TypedDict):
    """How a customer was treated, as of the reading.

    `last_score` is the newest moment's; promises broken and tragic moments are those of the last 12 months; an open
    complaint is an open case with negative feedback.
    """

    last_score: Score | None
    worst_open_moment: WorstMoment | None
    broken_promises: int
    tragic_moments: int
    open_complaints: int


_EXPERIENCES: Final = Prepared(
    """
    select t.dealer_id, t.customer_id, w.at, w.step, w.flags, w.score, weighs.broken, weighs.tragic, weighs.complaints,
           (select m.score from moment m
             where m.dealer_id = t.dealer_id and m.customer_id = t.customer_id
             order by m.at desc, m.moment_id desc limit 1) as last_score
      from unnest(cast(:dealers as text[]), cast(:customers as text[])) as t(dealer_id, customer_id)
      left join lateral (
        select m.at, m.step, m.flags, m.score
          from moment m left join journey_case c on c.dealer_id = m.dealer_id and c.case_id = m.case_id
         where m.dealer_id = t.dealer_id and m.customer_id = t.customer_id and m.at > :since
           and (c.status = 'closed' and c.outcome = 'satisfied') is not true
         order by m.score, m.flag_count desc, m.at desc, m.moment_id desc limit 1) w on true
      cross join lateral (
        select count(*) filter (where m.at > :since and 'promise_broken' = any(m.flags)) as broken,
               count(*) filter (where m.at > :since and m.score = -1) as tragic,
               count(distinct m.case_id) filter (where m.feedback = 'negative' and c.status = 'open') as complaints
          from moment m left join journey_case c on c.dealer_id = m.dealer_id and c.case_id = m.case_id
         where m.dealer_id = t.dealer_id and m.customer_id = t.customer_id) weighs
    """
)


async def load_experiences(
    connection: AsyncConnection, customers: Collection[CustomerKey], now: datetime
) -> dict[CustomerKey, Experience]:
    """How these customers were treated, in one statement."""
    ordered = sorted(set(customers))
    if not ordered:
        return {}
    named = {"dealers": [dealer_id for dealer_id, _ in ordered], "customers": [one for _, one in ordered]}
    rows = await _EXPERIENCES.rows(connection, {**named, "since": now - WEIGHS_FOR})
    return {
        (row.dealer_id, row.customer_id): {
            "last_score": row.last_score,
            "worst_open_moment": None
            if row.score is None
            else {"at": row.at, "step": row.step, "flags": list(row.flags), "score": row.score},
            "broken_promises": row.broken,
            "tragic_moments": row.tragic,
            "open_complaints": row.complaints,
        }
        for row in rows
    }
