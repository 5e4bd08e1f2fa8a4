"""Dealers as the playbook sees them: zone, tables, and how many people of a role can take a customer now."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from pydantic_core import from_json
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

_DEALERS_KEPT: Final = 4_000
"""Of how many dealers a process keeps what it has read last: with 20 people each about 30 kB."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class DealerRows:
    """A dealer's record, None where there is none, and its staff by id as stored: (id, record, last_taken_at).

    What reads as it did before is the same object, so that what is made of it is made once.
    """

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


def once_a_reading(make: Callable[[DealerRows], _T]) -> Callable[[DealerRows], _T]:
    """Makes something once of what was read of a dealer, and lets it go with that."""
    made: WeakKeyDictionary[DealerRows, _T] = WeakKeyDictionary()

    def of(rows: DealerRows) -> _T:
        found = made.get(rows)
        if found is None:
            found = made[rows] = make(rows)
        return found

    return of


_kept: Final[dict[str, tuple[tuple[Any, ...], DealerRows]]] = {}
"""By dealer what was read last, as text, and what it says."""


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
    read = tuple(row)
    before, kept = _kept.get(row.dealer_id, ((), None))
    if kept is None or before != read:
        if len(_kept) >= _DEALERS_KEPT:
            _kept.clear()
        kept = DealerRows(*_read(row))
        _kept[row.dealer_id] = read, kept
    return kept


def _read(row: Row) -> tuple[Any, ...]:
    people = [
        (staff_id, record, datetime.fromisoformat(taken) if taken else None)
        for staff_id, record, taken in from_json(row.people or "[]")
    ]
    if row.record is None:
        return row.dealer_id, None, people
    return row.dealer_id, from_json(row.record), people, row.revision, row.version


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
        views[dealer_id] = _view_on(rows, _local_day(rows.record, now))
    return views


def _view_on(rows: DealerRows, day: date) -> DealerView:
    views = _views(rows)
    if day not in views:
        views.clear()
        views[day] = _view(rows.record or {}, [record for _, record, _ in rows.staff], day)
    return views[day]


@once_a_reading
def _views(_rows: DealerRows) -> dict[date, DealerView]:
    """By day: who is on leave differs."""
    return {}


def dealer_view(record: Mapping[str, Any], people: Collection[Mapping[str, Any]], now: datetime) -> DealerView:
    """A dealer's record and its staff's as the playbook sees them."""
    return _view(record, people, _local_day(record, now))


def _view(record: Mapping[str, Any], people: Collection[Mapping[str, Any]], day: date) -> DealerView:
    return DealerView(
        time_zone=record["time_zone"],
        has_business_development_centre=bool(record.get("has_business_development_centre")),
        available=available(people, day),
        tables=record.get("tables") or {},
        topic_roles=record.get("topic_roles") or {},
    )


def _local_day(record: Mapping[str, Any], now: datetime) -> date:
    return now.astimezone(ZoneInfo(record["time_zone"])).date()


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
    select wanted.dealer_id, cast(d.record as text) as record, d.revision, d.version,
           (select cast(json_agg(json_build_array(s.staff_id, s.record, s.last_taken_at) order by s.staff_id) as text)
              from staff s where s.dealer_id = wanted.dealer_id) as people
      from unnest(cast(:dealers as text[])) as wanted(dealer_id)
      left join dealer d on d.dealer_id = wanted.dealer_id
    """
)
