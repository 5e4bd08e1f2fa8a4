"""Whether a negative feedback of a customer is open: nothing is sold to such a customer (T-18)."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_OPEN: Final = text(
    """
    select exists (
      select from journey_event e left join routing r on r.event_id = e.event_id
       where e.dealer_id = :dealer_id and e.customer_id = :customer_id and e.intent = 'live'
         and e.data #>> '{facts,feedback,sentiment}' = 'negative'
         and not exists (select from journey_event later
                          where later.dealer_id = e.dealer_id and later.customer_id = e.customer_id
                            and later.occurred_at > e.occurred_at and later.intent = 'live'
                            and later.data #>> '{facts,feedback,sentiment}' = 'positive')
         and not exists (select from journey_case c
                          where c.dealer_id = e.dealer_id and c.case_id = r.case_id
                            and c.status = 'closed' and c.outcome = 'satisfied'))
    """
)


async def has_open_complaint(connection: AsyncConnection, dealer_id: str, customer_id: str) -> bool:
    """Whether one of the customer's negative feedbacks has neither a later positive one nor a case closed satisfied."""
    return bool(await connection.scalar(_OPEN, {"dealer_id": dealer_id, "customer_id": customer_id}))
