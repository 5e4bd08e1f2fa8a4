"""The open cases that unnamed events may join: a customer's newest first, older ones only where none of those fits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.case_lookup import CaseLookup
from shared.cases.store import Case, case_of, load_cases
from shared.db.bulk import unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import journey_case
from shared.ids import CaseKey, CustomerKey
from shared.playbook.routing.case_fit import case_fits
from shared.vehicle_ids import vehicle_key

AT_FIRST: Final = 20
"""How many of a customer's open cases are read: most customers have fewer, and most events join one of them."""

NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""How old a case without any event is."""

_NEWEST: Final = Prepared(
    f"""
    select c.* from unnest(cast(:firsts as text[]), cast(:seconds as text[])) as k(dealer_id, customer_id)
     cross join lateral (
       select * from journey_case c
        where c.dealer_id = k.dealer_id and c.customer_id = k.customer_id and c.status = 'open'
        order by c.newest_event_at desc nulls last, c.case_id desc limit {AT_FIRST}
     ) c
    """
)
_FITTING: Final = Prepared(
    r"""
    select l.place, c.* from (
      select (e.value ->> 'place')::int as place, e.value ->> 'dealer_id' as dealer_id,
             e.value ->> 'customer_id' as customer_id, e.value ->> 'vin' as vin,
             array(select jsonb_array_elements_text(e.value -> 'topics')) as topics
        from jsonb_array_elements(cast(cast(:lookups as text) as jsonb)) as e
    ) l cross join lateral (
      select c.dealer_id, c.case_id, c.vehicle ->> 'vin' as vin, c.topics, c.newest_event_at from journey_case c
       where c.dealer_id = l.dealer_id and c.customer_id = l.customer_id and c.status = 'open'
         and (cardinality(l.topics) = 0 or cardinality(c.topics) = 0 or c.topics && l.topics)
         and (l.vin is null or c.vehicle ->> 'vin' is null
              or octet_length(c.vehicle ->> 'vin') <> length(c.vehicle ->> 'vin')
              or translate(upper(c.vehicle ->> 'vin'), E' -\t\n\x0b\f\r\x1c\x1d\x1e\x1f', '') = l.vin)
      offset 0
    ) c
    """
)
"""Those that may fit: a VIN that is not written in ASCII is compared by whoever asks."""


@dataclass(frozen=True, slots=True)
class OpenCases:
    """A customer's newest open cases. `others_before`: none of those that were not read is newer; None: all were."""

    cases: Sequence[Case]
    others_before: datetime | None


def newest_at(case: Case) -> datetime:
    """When the newest event of the case was; of one without any the earliest instant there is."""
    return case.newest_event_at or NEVER


async def load_newest(connection: AsyncConnection, customers: Collection[CustomerKey]) -> dict[CustomerKey, OpenCases]:
    """The newest open cases of these customers, all of whom are in the answer."""
    if not customers:
        return {}
    found: dict[CustomerKey, list[Case]] = {key: [] for key in customers}
    for row in await _NEWEST.rows(connection, unnest_keys(customers)):
        case = case_of(row)
        found[case.dealer_id, case.customer_id or ""].append(case)
    return {
        key: OpenCases(cases, min(map(newest_at, cases)) if len(cases) == AT_FIRST else None)
        for key, cases in found.items()
    }


async def load_of_days(
    connection: AsyncConnection, days: Collection[tuple[str, date]]
) -> dict[tuple[str, date], list[Case]]:
    """The open cases without a customer that were begun on these days of dealers, all of which are in the answer."""
    if not days:
        return {}
    columns = journey_case.c
    same_day = tuple_(columns.dealer_id, columns.business_day).in_(sorted(days))
    query = select(journey_case).where(columns.status == "open", columns.customer_id.is_(None), same_day)
    found: dict[tuple[str, date], list[Case]] = {key: [] for key in days}
    for row in (await connection.execute(query)).mappings():
        found[row["dealer_id"], row["business_day"]].append(case_of(row))
    return found


async def load_fitting(
    connection: AsyncConnection, lookups: Sequence[CaseLookup], known: Collection[CaseKey]
) -> list[Case | None]:
    """In order, the newest open case that fits each event of a customer, none of those that are known already."""
    if not lookups:
        return []
    fitting: list[list[tuple[datetime, CaseKey]]] = [[] for _ in lookups]
    asked = to_json([_asked(place, lookup) for place, lookup in enumerate(lookups)]).decode()
    for row in await _FITTING.rows(connection, {"lookups": asked}):
        key = row.dealer_id, row.case_id
        if key not in known and case_fits(lookups[row.place].event, row.vin, row.topics):
            fitting[row.place].append((row.newest_event_at or NEVER, key))
    best = [max(found)[1] if found else None for found in fitting]
    cases = await load_cases(connection, [key for key in best if key is not None])
    return [None if key is None else cases[key] for key in best]


def _asked(place: int, lookup: CaseLookup) -> dict[str, Any]:
    vin = lookup.event.vehicle.vin
    return {
        "place": place,
        "dealer_id": lookup.event.dealer_id,
        "customer_id": lookup.event.customer_id,
        "vin": None if vin is None else vehicle_key(vin),
        "topics": lookup.event.topics,
    }
