"""When a channel may be used: quiet hours and the marketing window of customers, the shifts of staff. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from notifier.notifications.types import Purpose
from notifier.planning.channel_selection import Pause, PauseOf
from shared.calendar.availability import Staff, StaffMember, on_leave
from shared.calendar.business_time import CalendarExhausted, next_opening
from shared.calendar.open_intervals import local_date, opening_instant
from shared.calendar.quiet_hours import Window, marketing_from, quiet_until, release_at

REPLY_EXEMPTION: Final = timedelta(minutes=15)
"""How long after an inbound contact a reply on its channel may disturb quiet hours."""

SILENT_CHANNELS: Final = ("post",)
"""What wakes nobody: quiet hours do not concern it."""

_LONGEST_ABSENCE: Final = 60


@dataclass(frozen=True, slots=True)
class CustomerHours:
    """A customer's zone and quiet hours; `own` None: the dealer's apply. `marketing`: the dealer's window."""

    zone: ZoneInfo
    own: Sequence[Window] | None
    dealer: Sequence[Window]
    marketing: Window


def customer_pauses(
    hours: CustomerHours, purpose: Purpose, reply_kinds: Sequence[str] = (), inbound_at: datetime | None = None
) -> PauseOf:
    """When a message of this purpose may reach the customer, by channel.

    `urgent_safety` always; a reply on the channel of an inbound contact younger than 15 minutes too.
    """
    layer, windows = ("customer", hours.own) if hours.own is not None else ("dealer", hours.dealer)
    marketing = hours.marketing if purpose == "marketing" else None

    def pause_of(kind: str, at: datetime) -> Pause | None:
        if purpose == "urgent_safety" or kind in SILENT_CHANNELS:
            return None
        if kind in reply_kinds and inbound_at is not None and at - inbound_at < REPLY_EXEMPTION:
            return None
        quiet = quiet_until(windows, hours.zone, at)
        if quiet is None and (marketing is None or marketing_from(marketing, hours.zone, at) <= at):
            return None
        until = release_at(windows, hours.zone, at, marketing)
        if quiet is not None:
            return Pause(until, layer, f"quiet hours of the {layer} until {until.isoformat()}")
        return Pause(until, "dealer", f"outside the dealer's marketing window until {until.isoformat()}")

    return pause_of


def staff_pauses(member: StaffMember, people: Staff, *, any_hour: bool) -> PauseOf:
    """When a member of staff may be told: on shift and not on leave; `any_hour`: always."""

    def pause_of(_kind: str, at: datetime) -> Pause | None:
        if any_hour:
            return None
        begins = next_shift(member, people, at)
        return None if begins <= at else Pause(begins, "shift", f"off shift until {begins.isoformat()}")

    return pause_of


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
