"""A dealer's people: who they are, whom they lead, how much they hold, when they last took work."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Text, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.availability import Staff, StaffMember, is_working
from shared.calendar.document import load_zone, parse_calendar
from shared.calendar.opening_hours import Calendar, always_open
from shared.calendar.reporting_lines import led_by
from shared.calendar.weekly_hours import parse_week
from shared.db.prepared import Prepared
from shared.db.schema import HELD_TASK, staff, task
from shared.languages.registry import LACKING, choose_language
from shared.lifecycle import Actor, Receiver
from shared.people.dealers import DealerRows, load_dealers, once_a_reading, read_member

DEFAULT_CAPACITY: Final = 10


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff as offers see them. `last_taken_at`: the last accept or complete, None for never."""

    member: StaffMember
    name: str
    skills: frozenset[str] = frozenset()
    capacity: int = DEFAULT_CAPACITY
    last_taken_at: datetime | None = None


@dataclass(frozen=True)
class Directory:
    """A dealer's people at one moment of a transaction.

    `locale` is for readers who name no language, `fallback_locale` for those of a language we do not write.
    `load` counts the delivers and reminders offered to or held by each person; whoever moves a task within the
    transaction keeps it up to date, so one directory serves many offers.
    """

    dealer_id: str
    locale: str
    fallback_locale: str
    people: Staff
    colleagues: Mapping[str, Colleague]
    load: Counter[str] = field(default_factory=Counter)
    _at_work: dict[tuple[str, datetime], Mapping[str, bool]] = field(default_factory=dict)

    def at_work(self, role: str, now: datetime) -> Mapping[str, bool]:
        """Everybody of a role by id, and whether work may be offered to them at an instant; reckoned once for many."""
        if (role, now) not in self._at_work:
            members = (one.member for one in self.colleagues.values() if role in one.member.roles)
            working = {member.staff_id: is_working(member, self.people, now, role) for member in members}
            self._at_work[role, now] = working
        return self._at_work[role, now]

    def has_room(self, staff_id: str) -> bool:
        """Whether the person is known and holds less than its capacity."""
        colleague = self.colleagues.get(staff_id)
        return colleague is not None and self.load[staff_id] < colleague.capacity

    def actor(self, staff_id: str, key_id: str | None = None) -> Actor | None:
        """The person as somebody who acts; None when the dealer has no such person."""
        colleague = self.colleagues.get(staff_id)
        if colleague is None:
            return None
        return Actor(staff_id, frozenset(colleague.member.roles), led_by(staff_id, self.people), key_id)

    def receiver(self, staff_id: str) -> Receiver | None:
        """The person as somebody a task is given to by name; None when the dealer has no such person."""
        colleague = self.colleagues.get(staff_id)
        if colleague is None:
            return None
        return Receiver(staff_id, frozenset(colleague.member.roles), led_by(staff_id, self.people))


async def directory(connection: AsyncConnection, dealer_id: str) -> Directory:
    """Everybody of a dealer, in two statements; a dealer without a record has nobody."""
    return (await directories(connection, await load_dealers(connection, [dealer_id])))[dealer_id]


async def directories(connection: AsyncConnection, dealers: Mapping[str, DealerRows]) -> dict[str, Directory]:
    """Everybody of these dealers, with what each holds now, in one statement."""
    load = await _load_counts(connection, dealers)
    return {dealer_id: _directory(dealer_id, rows, load[dealer_id]) for dealer_id, rows in dealers.items()}


def _directory(dealer_id: str, rows: DealerRows, load: Counter[str]) -> Directory:
    record = rows.record or {}
    colleagues, people = people_of(rows)
    locale, fallback = choose_language(None, record), choose_language(LACKING, record)
    return Directory(dealer_id, locale, fallback, people, colleagues, load)


@once_a_reading
def people_of(rows: DealerRows) -> tuple[Mapping[str, Colleague], Staff]:
    """Everybody of a dealer by id, and as clocks see them; without a record the zone is UTC."""
    record = rows.record or {}
    zone = load_zone(record.get("time_zone", "UTC"))
    colleagues = {staff_id: read_colleague(staff_id, given, zone, taken) for staff_id, given, taken in rows.staff}
    return colleagues, read_people(record, (one.member for one in colleagues.values()), zone)


def read_people(record: Mapping[str, Any], members: Iterable[StaffMember], zone: ZoneInfo) -> Staff:
    """The staff with the dealer's calendars, managers and mailbox, from the dealer's record."""
    calendars = {
        name: parse_calendar(document, zone.key, name=name)
        for name, document in (record.get("calendars") or {}).items()
        if document is not None
    }
    default = calendars.get("default") or always_open(zone)
    named = (record.get("role_calendar") or {}).items()
    return Staff(
        members={member.staff_id: member for member in members},
        calendar=default,
        role_calendars={role: calendars[name] for role, name in named if name in calendars},
        managers=record.get("managers") or {},
        group_mailbox=record.get("group_mailbox"),
    )


def read_colleague(
    staff_id: str, record: Mapping[str, Any], zone: ZoneInfo, last_taken_at: datetime | None = None
) -> Colleague:
    """A member of staff from the stored record."""
    shifts = record.get("shifts")
    capacity = record.get("capacity")
    calendar = None if shifts is None else Calendar(zone, parse_week(shifts), name="shifts")
    member = read_member(staff_id, record, calendar)
    skills = frozenset(record.get("skills") or ())
    limit = DEFAULT_CAPACITY if capacity is None else int(capacity)
    return Colleague(member, record.get("name") or staff_id, skills, limit, last_taken_at)


async def record_assignment(connection: AsyncConnection, dealer_id: str, staff_id: str, now: datetime) -> None:
    """Remember that the person accepted or completed a task now."""
    who = (staff.c.dealer_id == dealer_id) & (staff.c.staff_id == staff_id)
    # whoever is changing the person holds this row and may wait for the customer's lock, which the caller holds
    free = select(staff.c.staff_id).where(who).with_for_update(skip_locked=True).scalar_subquery()
    await connection.execute(update(staff).where(who, staff.c.staff_id == free).values(last_taken_at=now))


async def _load_counts(connection: AsyncConnection, dealer_ids: Iterable[str]) -> Mapping[str, Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for dealer_id, staff_id, number in await _LOADS.rows(connection, {"dealers": sorted(dealer_ids)}):
        counts[dealer_id][staff_id] = number
    return counts


_HOLDER: Final = func.coalesce(task.c.assignee_id, task.c.offered_to)
_LOADS: Final = Prepared(
    select(task.c.dealer_id, _HOLDER, func.count())
    .where(task.c.dealer_id == func.any(bindparam("dealers", type_=ARRAY(Text))), text(HELD_TASK))
    .group_by(task.c.dealer_id, _HOLDER)
)
