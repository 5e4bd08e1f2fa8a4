"""Who is at work and who comes next, and who takes the place of somebody who is not: presence, shift, leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal

from shared.calendar.business_time import HORIZON, is_open
from shared.calendar.open_intervals import local_date, opening_instant, spans_of
from shared.calendar.opening_hours import Calendar

_DAY: Final = timedelta(days=1)
_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Leave:
    """Days off, both ends included, by the dealer's local date."""

    first: date
    last: date
    substitute_id: str | None = None


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of staff as clocks and offers see them. `shifts` None: the calendar of the role counts."""

    staff_id: str
    roles: tuple[str, ...]
    lead_of: tuple[str, ...] = ()
    presence: Literal["present", "away", "off"] = "present"
    shifts: Calendar | None = None
    leave: tuple[Leave, ...] = ()
    substitute_id: str | None = None
    manager_id: str | None = None


@dataclass(frozen=True)
class Staff:
    """A dealer's staff and what resolves them: calendars by role, managers by role, the group's mailbox.

    `calendar` is the default one, `always_open` of the zone where the dealer has none; `managers` are overrides.
    """

    members: Mapping[str, StaffMember]
    calendar: Calendar
    role_calendars: Mapping[str, Calendar] = field(default_factory=dict)
    managers: Mapping[str, str] = field(default_factory=dict)
    group_mailbox: str | None = None

    def calendar_of(self, role: str) -> Calendar:
        """The hours of a role: its own calendar, else the default."""
        return self.role_calendars.get(role, self.calendar)


def on_leave(member: StaffMember, day: date) -> Leave | None:
    """The leave that holds the dealer's local date, if any."""
    return next((leave for leave in member.leave if leave.first <= day <= leave.last), None)


def is_present(member: StaffMember, day: date) -> bool:
    """Whether the person is present, and not on leave on the dealer's local date."""
    return member.presence == "present" and on_leave(member, day) is None


def on_shift(member: StaffMember, staff: Staff, at: datetime, role: str | None = None) -> bool:
    """Whether `at` lies in the person's shift; without shifts, in the hours of `role` (None: of any of its roles)."""
    if member.shifts is not None:
        return is_open(member.shifts, at)
    roles = member.roles if role is None else (role,)
    return any(is_open(staff.calendar_of(name), at) for name in roles)


def is_working(member: StaffMember, staff: Staff, at: datetime, role: str | None = None) -> bool:
    """Whether work may be offered to the person at `at`: present, not on leave, on shift (SLA rules, offers)."""
    return is_present(member, local_date(staff.calendar, at)) and on_shift(member, staff, at, role)


def substitute_for(staff_id: str, staff: Staff, at: datetime) -> StaffMember | None:
    """The person, unless off or on leave at `at`: then the substitute, from one to the next and never in a circle.

    Somebody who is away is not replaced. None: the dealer has no such person, or nobody takes the place.
    """
    day = local_date(staff.calendar, at)
    seen: set[str] = set()
    member = staff.members.get(staff_id)
    while member is not None and member.staff_id not in seen:
        seen.add(member.staff_id)
        leave = on_leave(member, day)
        if member.presence != "off" and leave is None:
            return member
        substitute = leave.substitute_id if leave and leave.substitute_id else member.substitute_id
        member = staff.members.get(substitute or "")
    return None


def next_arrival(member: StaffMember, staff: Staff, after: datetime, role: str) -> datetime | None:
    """Return the first instant after `after` at which the person comes to work in `role`; whoever is there comes later.

    A shift begins, or a leave has ended. None for somebody away or off, which only a change of the record ends, and
    where no shift begins on the 400 days that follow, days of leave not counted.
    """
    if member.presence != "present":
        return None
    calendar = staff.calendar_of(role) if member.shifts is None else member.shifts
    day, left = local_date(staff.calendar, after), HORIZON.days
    while left:
        leave = on_leave(member, day)
        if leave is not None:
            day = leave.last + _DAY
            continue
        for start, _ in spans_of(calendar, day):
            if start > after and not is_working(member, staff, start - _MOMENT, role):
                return start
        day, left = day + _DAY, left - 1
    return None


def next_change_of_leave(member: StaffMember, staff: Staff, after: datetime) -> datetime | None:
    """Return the first midnight after `after` with which a leave of the person begins or has ended."""
    days = (day for leave in member.leave for day in (leave.first, leave.last + _DAY))
    midnights = (opening_instant(staff.calendar.zone, day, 0) for day in days)
    return min((at for at in midnights if at > after), default=None)


def next_turn_up(staff: Staff, role: str, after: datetime, *, leads: bool) -> datetime | None:
    """Return when somebody may next turn up for the queue of a role: None where nobody will by itself.

    `leads`: somebody has declined, so that it may also go to a lead or manager, back from leave or stood in for.
    """
    members = staff.members.values()
    found = [next_arrival(member, staff, after, role) for member in members if role in member.roles]
    if leads:
        found += [next_change_of_leave(member, staff, after) for member in members]
    return min((at for at in found if at is not None), default=None)
