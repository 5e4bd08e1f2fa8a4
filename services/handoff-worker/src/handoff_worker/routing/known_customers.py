"""The customers of a batch of events: their profiles, begun where nobody knew them, and what is scheduled of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.trigger_subjects import Subject
from shared.db.bulk import unnest_keys
from shared.db.prepared import Prepared, Row
from shared.ids import CustomerKey
from shared.people.customers import begin_profiles
from shared.sla.store.trigger_rows import SCHEDULED

_CUSTOMERS: Final = Prepared(
    f"""
    select s.dealer_id, s.customer_id, c.created_at, c.record, c.merged_into is not null as merged,
           {SCHEDULED} as scheduled
      from unnest(cast(:firsts as text[]), cast(:seconds as text[])) as s(dealer_id, customer_id)
      left join customer c on c.dealer_id = s.dealer_id and c.customer_id = s.customer_id
    """
)


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer's profile, whether it was merged into another, and whether anything of it is scheduled."""

    profile: Subject
    merged: bool
    scheduled: bool


async def load_or_begin(
    connection: AsyncConnection, wanted: Collection[CustomerKey], now: datetime
) -> list[KnownCustomer]:
    """These customers; one without a profile gets an empty one, in which everything is unknown.

    The caller holds their locks.
    """
    if not wanted:
        return []
    rows = await _CUSTOMERS.rows(connection, unnest_keys(wanted))
    await begin_profiles(connection, [(row.dealer_id, row.customer_id) for row in rows if row.record is None], now)
    return [KnownCustomer(_profile_of(row, now), row.merged, row.scheduled) for row in rows]


def _profile_of(row: Row, now: datetime) -> Subject:
    if row.record is None:
        return Subject(row.dealer_id, row.customer_id, row.customer_id, now)
    return Subject(row.dealer_id, row.customer_id, row.customer_id, row.created_at, row.record)
