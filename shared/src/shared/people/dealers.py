"""Dealers as the playbook sees them: zone, tables, and how many people of a role can take a customer now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.availability import Leave, StaffMember, is_present
from shared.calendar.opening_hours import Calendar
from shared.db.prepared import Prepared, Row
from shared.db.schema import dealer
from shared.playbook.types import DealerView
from shared.sla.policy.policy import Policies
from shared.sla.store.policies import policies_of


@dataclass(frozen=True, slots=True)
class DealerRows:
    """A dealer's record, None where there is none, and its staff by id as stored: (id, record, last_taken_at)."""

    dealer_id: str
    record: Mapping[str, Any] | None
    staff: Sequence[tuple[str, Mapping[str, Any], datetime | None]]
    revision: str = ""
    version: int = 0

    @property
    def policies(self) -> Policies:
        """The clocks of the dealer. Raises LookupError without a record."""
        if self.record is None:
            raise LookupError(f"unknown dealer {self.dealer_id}")
        return policies_of(self.dealer_id, self.revision, self.version, self.record)


async def load_dealers(connection: AsyncConnection, dealer_ids: Collection[str]) -> dict[str, DealerRows]:
    """The dealers of these ids as they stand now, in one statement."""
    rows = await _WITH_PEOPLE.rows(connection, {"dealers": sorted(set(dealer_ids))})
    return {row.dealer_id: _dealer_rows(row) for row in rows}


async def load_dealer_records(connection: AsyncConnection, dealer_ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """The records of these dealers; those without one are left out."""
    if not dealer_ids:
        return {}
    rows = await _RECORDS.rows(connection, {"dealers": sorted(set(dealer_ids))})
    return {row.dealer_id: row.record for row in rows}


def _dealer_rows(row: Row) -> DealerRows:
    people = [
        (staff_id, record, datetime.fromisoformat(taken) if taken else None)
        for staff_id, record, taken in row.people or ()
    ]
    if row.record is None:
        return DealerRows(row.dealer_id, None, people)
    return DealerRows(row.dealer_id, row.record, people, row.revision, row.version)


async def load_dealer_views(
    connection: AsyncConnection, dealer_ids: Collection[str], now: datetime
) -> dict[str, DealerView]:
    """These dealers as the playbook sees them now. Raises LookupError for one without a record."""
    return view_dealers(await load_dealers(connection, dealer_ids), now)


def view_dealers(dealers: Mapping[str, DealerRows], now: datetime) -> dict[str, DealerView]:
    """Dealers as the playbook sees them. Raises LookupError for one without a record."""
    views = {}
    for dealer_id, rows in dealers.items():
        if rows.record is None:
            raise LookupError(f"unknown dealer {dealer_id}")
        views[dealer_id] = dealer_view(rows.record, [record for _, record, _ in rows.staff], now)
    return views


def dealer_view(record: Mapping[str, Any], people: Collection[Mapping[str, Any]], now: datetime) -> DealerView:
    """A dealer's record and its staff's as the playbook sees them."""
    zone = record["time_zone"]
    return DealerView(
        time_zone=zone,
        has_business_development_centre=bool(record.get("has_business_development_centre")),
        available=available(people, now.astimezone(ZoneInfo(zone)).date()),
        tables=record.get("tables") or {},
        topic_roles=record.get("topic_roles") or {},
    )


def available(people: Collection[Mapping[str, Any]], day: date) -> dict[str, int]:
    """By role how many people are present and not on leave on a day; a role nobody holds is left out."""
    counts: dict[str, int] = defaultdict(int)
    for record in people:
        member = read_member("", record)
        for role in member.roles:
            counts[role] += is_present(member, day)
    return dict(counts)


def read_member(staff_id: str, record: Mapping[str, Any], shifts: Calendar | None = None) -> StaffMember:
    """A member of staff from the stored record; the shifts are read by the caller, who knows the dealer's zone."""
    return StaffMember(
        staff_id=staff_id,
        roles=tuple(record.get("roles") or ()),
        lead_of=tuple(record.get("lead_of") or ()),
        presence=record.get("presence") or "present",
        shifts=shifts,
        leave=tuple(_read_leave(one) for one in record.get("leave") or ()),
        substitute_id=record.get("substitute_id"),
        manager_id=record.get("manager_id"),
    )


def _read_leave(document: Mapping[str, Any]) -> Leave:
    first, last = (date.fromisoformat(document[side]) for side in ("from", "to"))
    return Leave(first, last, document.get("substitute_id"))


_WANTED: Final = bindparam("dealers", type_=ARRAY(Text))
_RECORDS: Final = Prepared(
    select(dealer.c.dealer_id, dealer.c.record, dealer.c.revision, dealer.c.version).where(
        dealer.c.dealer_id == func.any(_WANTED)
    )
)
_WITH_PEOPLE: Final = Prepared(
    """
    select wanted.dealer_id, d.record, d.revision, d.version,
           (select json_agg(json_build_array(s.staff_id, s.record, s.last_taken_at) order by s.staff_id)
              from staff s where s.dealer_id = wanted.dealer_id) as people
      from unnest(cast(:dealers as text[])) as wanted(dealer_id)
      left join dealer d on d.dealer_id = wanted.dealer_id
    """
)
