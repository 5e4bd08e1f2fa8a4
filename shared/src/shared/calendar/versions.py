"""A dealer's calendars in time: the present ones and those that come into force later (timers 5.1.9, 5.2). Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.calendar.document import read_effective_from
from shared.calendar.open_intervals import local_date
from shared.calendar.opening_hours import Calendar, DayHours
from shared.calendar.weekly_hours import union

PRESENT: Final = "calendars"
COMING: Final = "calendars_next"

Document = Mapping[str, Any]


def settle_calendars(document: Document, stored: Document, now: datetime) -> dict[str, Any]:
    """A dealer's document as it is stored at `now` over another, its calendars parted into present and coming ones.

    A calendar whose `effective_from` is later keeps the present one of its name until then, and replaces one that was
    coming; equal to the present one it calls the coming one off. The first of its name applies at once. A calendar that
    was coming stays as long as there is a present one of its name; days that are newly accepted as holidays, and lie in
    its time, close it too.
    """
    before = come_into_force(stored, now) or stored
    given: Document = document.get(PRESENT) or {}
    present_before, coming_before = before.get(PRESENT) or {}, before.get(COMING) or {}
    present: dict[str, Any] = {}
    coming: dict[str, Any] = {}
    for name, calendar in given.items():
        later = calendar is not None and (read_effective_from(calendar) or now) > now
        if not later:
            present[name] = calendar
        elif present_before.get(name) is None:
            present[name] = _hours(calendar)
        else:
            present[name] = present_before[name]
            if _hours(calendar) != _hours(present_before[name]):
                coming[name] = calendar
            continue
        if calendar is not None and name in coming_before:
            added = _accepted(calendar) - _accepted(present_before.get(name) or {})
            later_one = coming_before[name]
            coming[name] = closing(later_one, added, ZoneInfo(document["time_zone"])) if added else later_one
    settled = {name: value for name, value in document.items() if name != COMING}
    if PRESENT in document:
        settled[PRESENT] = present
    return settled | ({COMING: coming} if coming else {})


def closing(calendar: Document, days: Collection[str], zone: ZoneInfo) -> Document:
    """The calendar with these days (`YYYY-MM-DD`) accepted as holidays, those that end before it counts left out."""
    begins = read_effective_from(calendar)
    first = "" if begins is None else begins.astimezone(zone).date().isoformat()
    holidays, accepted = calendar.get("holidays") or {}, _accepted(calendar)
    added = {day for day in days if day >= first} - accepted
    return {**calendar, "holidays": {**holidays, "accepted": sorted(accepted | added)}} if added else calendar


def come_into_force(record: Document, now: datetime) -> dict[str, Any] | None:
    """The record with the calendars that have come into force by `now`; None where none has."""
    coming: Document = record.get(COMING) or {}
    due = {name: calendar for name, calendar in coming.items() if _begins(calendar) <= now}
    if not due:
        return None
    left = {name: calendar for name, calendar in coming.items() if name not in due}
    changed = {name: value for name, value in record.items() if name != COMING}
    changed[PRESENT] = {**(record.get(PRESENT) or {}), **due}
    return changed | ({COMING: left} if left else {})


def next_change(record: Document) -> datetime | None:
    """When the next calendar of a dealer's record comes into force; None: none is coming."""
    return min((_begins(calendar) for calendar in (record.get(COMING) or {}).values()), default=None)


def splice(old: Calendar, new: Calendar, at: datetime, since: date) -> Calendar:
    """The hours of `old` up to `at` and of `new` from then on, for who counts from the date `since`.

    Both are of one zone. The local dates from `since` to that of `at` become exceptions.
    """
    changes = local_date(new, at)
    kept = {day: old.hours(day) for day in _days(since, changes)}
    local = at.astimezone(new.zone)
    minutes = local.hour * 60 + local.minute
    before = [(opening, min(closing, minutes)) for opening, closing in old.hours(changes) if opening < minutes]
    after = [(max(opening, minutes), closing) for opening, closing in new.hours(changes) if closing > minutes]
    later = {day: hours for day, hours in new.exceptions.items() if day > changes}
    joined: DayHours = tuple(union([*before, *after]))
    return replace(new, exceptions={**kept, changes: joined, **later}, effective_from=None)


def _days(first: date, end: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((end - first).days))


def _accepted(calendar: Document) -> set[str]:
    return set((calendar.get("holidays") or {}).get("accepted") or ())


def _begins(calendar: Document) -> datetime:
    begins = read_effective_from(calendar)
    assert begins is not None
    return begins


def _hours(calendar: Document) -> dict[str, Any]:
    return {name: value for name, value in calendar.items() if name != "effective_from"}
