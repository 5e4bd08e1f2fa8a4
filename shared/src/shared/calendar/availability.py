"""Who is at work: presence, shift and leave of a member of staff, at an instant."""

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


def on_shift(member: StaffMember, staff: Staff, at: datetime, role: str | None = None) -> bool:
    """Whether `at` lies in the person's shift; without shifts, in the hours of `role` (None: of any of its roles)."""
    if member.shifts is not None:
        return is_open(member.shifts, at)
    roles = member.roles if role is None else (role,)
    return any(is_open(staff.calendar_of(name), at) for name in roles)


def is_working(member: StaffMember, staff: Staff, at: datetime, role: str | None = None) -> bool:
    """Whether work may be offered to the person at `at`: present, not on leave, on shift (SLA rules, offers)."""
    return (
        member.presence == "present"
        and on_leave(member, local_date(staff.calendar, at)) is None
        and on_shift(member, staff, at, role)
    )
