"""Dealers as the playbook sees them: zone, tables, and how many people of a role can take a customer now."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.playbook.values import DealerView
from shared.tables import dealer, staff


async def load_dealer_views(
    connection: AsyncConnection, dealer_ids: Collection[str], now: datetime
) -> dict[str, DealerView]:
    """The dealers of these ids as they stand now, in two statements. Raises LookupError for one without a record."""
    wanted = sorted(set(dealer_ids))
    query = select(dealer.c.dealer_id, dealer.c.record).where(dealer.c.dealer_id.in_(wanted))
    records = {row.dealer_id: row.record for row in await connection.execute(query)}
    missing = [dealer_id for dealer_id in wanted if dealer_id not in records]
    if missing:
        raise LookupError(f"unknown dealer {missing[0]}")
    people: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in await connection.execute(select(staff.c.dealer_id, staff.c.record).where(staff.c.dealer_id.in_(wanted))):
        people[row.dealer_id].append(row.record)
    return {dealer_id: dealer_view(record, people[dealer_id], now) for dealer_id, record in records.items()}


def dealer_view(record: Mapping[str, Any], people: Collection[Mapping[str, Any]], now: datetime) -> DealerView:
    """A dealer's record and its staff's as the playbook sees them."""
    zone = record["time_zone"]
    return DealerView(
        time_zone=zone,
        has_business_development_centre=bool(record.get("has_business_development_centre")),
        available=available(people, now.astimezone(ZoneInfo(zone)).date()),
        tables=record.get("tables") or {},
    )


def available(people: Collection[Mapping[str, Any]], day: date) -> dict[str, int]:
    """By role how many people are present and not on leave on a day; a role nobody holds is left out."""
    counts: dict[str, int] = defaultdict(int)
    for person in people:
        here = (person.get("presence") or "present") == "present" and not _on_leave(person, day)
        for role in person.get("roles") or ():
            counts[role] += here
    return dict(counts)


def _on_leave(person: Mapping[str, Any], day: date) -> bool:
    spans = person.get("leave") or ()
    return any(date.fromisoformat(span["from"]) <= day <= date.fromisoformat(span["to"]) for span in spans)
