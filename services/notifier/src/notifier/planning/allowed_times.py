"""When a member of staff may be told: on shift and not on leave. Pure."""

from datetime import datetime, timedelta
from typing import Final

from shared.calendar.availability import Staff, StaffMember, on_leave
from shared.calendar.business_time import CalendarExhausted, next_opening
from shared.calendar.open_intervals import local_date, opening_instant
from shared.people.contact_hours import AvailabilityOf, BlockedUntil

_LONGEST_ABSENCE: Final = 60


def staff_availability(member: StaffMember, people: Staff, *, any_hour: bool) -> AvailabilityOf:
    """When a member of staff may be told: on shift and not on leave; `any_hour`: always."""

    def blocked(_kind: str, at: datetime) -> BlockedUntil | None:
        if any_hour:
            return None
        begins = next_shift(member, people, at)
        return None if begins <= at else BlockedUntil(begins, "shift", f"off shift until {begins.isoformat()}")

    return blocked


def next_shift(member: StaffMember, people: Staff, at: datetime) -> datetime:
    """The first instant at or after `at` the person is on shift and not on leave; `at` where there is none in sight."""
    moment = at
    for _ in range(_LONGEST_ABSENCE):
        leave = on_leave(member, local_date(people.calendar, moment))
        if leave is not None:
            moment = opening_instant(people.calendar.zone, leave.last + timedelta(days=1), 0)
            continue
        begins = _next_opening(member, people, moment)
        if begins is None or begins == moment:
            return at if begins is None else moment
        moment = begins
    return at


def _next_opening(member: StaffMember, people: Staff, at: datetime) -> datetime | None:
    calendars = [member.shifts] if member.shifts else [people.calendar_of(role) for role in member.roles]
    found = []
    for calendar in calendars or [people.calendar]:
        try:
            found.append(next_opening(calendar, at))
        except CalendarExhausted:
            continue
    return min(found, default=None)
