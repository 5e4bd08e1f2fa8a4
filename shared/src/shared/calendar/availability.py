"""Who is at work, and who takes the place of somebody who is not: presence, shift, leave, substitutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from shared.calendar.business_time import is_open
from shared.calendar.open_intervals import local_date
from shared.calendar.opening_hours import Calendar


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
