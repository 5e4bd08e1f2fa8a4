"""Exceptions and holidays of a calendar, by month."""

from calendar import Calendar as Months
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from journey_api.console.settings import imported_days
from journey_api.console.settings.form_fields import Field, Section, Typed, member, text_at, with_member
from journey_api.console.settings.hours import calendar_name
from journey_api.console.settings.written import exception_text, hours_text, read_exception
from journey_api.console.visit import Visit
from journey_api.reference.dealer_times import CALENDAR_NAMES
from shared.calendar.durations import shift_months
from shared.calendar.holidays import check_holiday_place, propose_holidays
from shared.calendar.opening_hours import WEEKDAYS
from shared.languages.dates import format_short_day

_YEARS: Final = range(1990, 2201)


def place(visit: Visit, typed: Typed) -> tuple[str, date]:
    """The calendar and the first of the month that are looked at; where none is named, the default, and this month."""
    name = text_at(typed, "calendar") or visit.request.query_params.get("calendar") or ""
    month = text_at(typed, "month") or visit.request.query_params.get("month") or ""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        first = visit.now.astimezone(visit.zone).date().replace(day=1)
    if first.year not in _YEARS:
        first = visit.now.astimezone(visit.zone).date().replace(day=1)
    return name if name in CALENDAR_NAMES else CALENDAR_NAMES[0], first


def shifted(first: date, by: int) -> date:
    """The first of another month, `by` months later or earlier."""
    return shift_months(first, by)


def days_of(first: date) -> list[list[date]]:
    """The weeks of a month from Monday on, with the days of its neighbours that fill them."""
    return Months().monthdatescalendar(first.year, first.month)


async def show(visit: Visit, document: Mapping[str, Any], typed: Typed) -> list[Section]:
    """A field for each day of the month, then the country and the holidays of the year."""
    name, first = place(visit, typed)
    calendar = member(document, ("calendars", name)) or {}
    if not calendar:
        return []
    days = tuple(
        _day(visit, name, calendar, day) for week in days_of(first) for day in week if day.month == first.month
    )
    t = visit.texts.text
    month = format_short_day(first, visit.viewer.language, "yMMMM")
    return [
        *_imported(visit, typed),
        Section(f"{calendar_name(visit, name)}, {month}", days, t("settings.calendar.hint"), month=True),
        Section(t("settings.calendar.holidays", year=first.year), _holidays(visit, name, calendar, first.year)),
    ]


def _imported(visit: Visit, typed: Typed) -> list[Section]:
    """What a file proposes, to be accepted day by day; none without a file."""
    days, t = imported_days.proposed(typed), visit.texts.text
    if not days:
        return []
    options = tuple((day.isoformat(), f"{_full_date(visit, day)} {title}") for day, title in sorted(days.items()))
    fields = (
        Field(imported_days.PROPOSED, "", "hidden", (imported_days.written(days),)),
        Field(imported_days.ACCEPTED, t("settings.calendar.accepted"), "checkboxes", (), options),
    )
    return [Section(t("settings.calendar.file.title"), fields, t("settings.calendar.file.hint"))]


def _day(visit: Visit, name: str, calendar: Mapping[str, Any], day: date) -> Field:
    key = day.isoformat()
    own = (calendar.get("exceptions") or {}).get(key)
    closed = key in (member(calendar, ("holidays", "accepted")) or ())
    usual = hours_text((calendar.get("week") or {}).get(WEEKDAYS[day.weekday()]))
    hint = visit.texts.text("settings.calendar.holiday") if closed else usual or visit.texts.text("settings.closed")
    shut = own == [] if own is not None else closed or not usual
    field = f"calendars[{name}][exceptions][{key}]"
    return Field(field, _date(visit, day), values=(exception_text(own),), hint=hint, apart=shut)


def _date(visit: Visit, day: date) -> str:
    return format_short_day(day, visit.viewer.language)


def _full_date(visit: Visit, day: date) -> str:
    return format_short_day(day, visit.viewer.language, "yMMMEd")


def _proposed(country: str | None, subdivision: str | None, year: int, language: str) -> dict[str, str]:
    """The names of the holidays of a year by date; none where the place is not known."""
    if country is None or check_holiday_place(country, subdivision) is not None:
        return {}
    return {one.day.isoformat(): one.name for one in propose_holidays(country, subdivision, year, language)}


def _holidays(visit: Visit, name: str, calendar: Mapping[str, Any], year: int) -> tuple[Field, ...]:
    t, given = visit.texts.text, calendar.get("holidays") or {}
    country, subdivision = given.get("country"), given.get("subdivision")
    accepted = [day for day in given.get("accepted") or () if day.startswith(f"{year}-")]
    proposed = _proposed(country, subdivision, year, visit.viewer.language)
    options = tuple(
        (day, f"{_date(visit, date.fromisoformat(day))} {proposed.get(day, '')}")
        for day in sorted({*proposed, *accepted})
    )
    base = f"calendars[{name}][holidays]"
    return (
        Field(f"{base}[country]", t("settings.calendar.country"), values=(country or "",)),
        Field(f"{base}[subdivision]", t("settings.calendar.subdivision"), values=(subdivision or "",)),
        Field(f"{base}[accepted]", t("settings.calendar.accepted"), "checkboxes", tuple(accepted), options),
    )


def read(visit: Visit, document: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The document with the exceptions of the month and the holidays of its year that were typed."""
    name, first = place(visit, typed)
    if not member(document, ("calendars", name)):
        return dict(document)
    base = ("calendars", name)
    changed = dict(document)
    for day in (day for week in days_of(first) for day in week if day.month == first.month):
        given = read_exception(text_at(typed, f"calendars[{name}][exceptions][{day.isoformat()}]"))
        changed = with_member(changed, (*base, "exceptions", day.isoformat()), given)
    accepted = {*typed.get(f"calendars[{name}][holidays][accepted]", ()), *imported_days.accepted(typed)}
    others = [day for day in member(document, (*base, "holidays", "accepted")) or () if day[:5] != f"{first.year}-"]
    changed = with_member(changed, (*base, "holidays", "accepted"), sorted({*others, *accepted}) or None)
    for part in ("country", "subdivision"):
        where = text_at(typed, f"calendars[{name}][holidays][{part}]") or None
        changed = with_member(changed, (*base, "holidays", part), where)
    return changed
