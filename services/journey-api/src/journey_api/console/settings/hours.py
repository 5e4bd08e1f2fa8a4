"""Opening hours by calendar, when they come into force, and which role goes by which calendar."""

from collections.abc import Mapping
from typing import Any, Final

from babel.dates import get_day_names

from journey_api.console.settings.form_fields import Field, Section, Typed, member, text_at, with_member
from journey_api.console.settings.written import hours_text, local_text, read_hours, read_local
from journey_api.console.visit import Visit
from journey_api.reference.dealer_times import CALENDAR_NAMES
from shared.calendar.opening_hours import WEEKDAYS
from shared.calendar.versions import COMING
from shared.vocabulary import ROLES

_EFFECTIVE: Final = "effective_from"


async def show(visit: Visit, document: Mapping[str, Any], _typed: Typed) -> list[Section]:
    """A section for each calendar, one for the roles."""
    t = visit.texts.text
    sections = [_calendar(visit, document, name) for name in CALENDAR_NAMES]
    options = (("", t("settings.calendars.default")), *((one, calendar_name(visit, one)) for one in CALENDAR_NAMES[1:]))
    chosen = document.get("role_calendar") or {}
    roles = tuple(
        Field(f"role_calendar[{role}]", visit.texts.name("roles", role), "select", (chosen.get(role) or "",), options)
        for role in ROLES
    )
    return [*sections, Section(t("settings.role_calendar"), roles, dense=True)]


def _calendar(visit: Visit, document: Mapping[str, Any], name: str) -> Section:
    t, calendar = visit.texts.text, member(document, ("calendars", name)) or {}
    days = get_day_names("wide", "stand-alone", visit.viewer.language)
    week = calendar.get("week") or {}
    fields = [
        Field(f"calendars[{name}][week][{day}]", days[number], values=(hours_text(week.get(day)),))
        for number, day in enumerate(WEEKDAYS)
    ]
    coming = member(document, (COMING, name, _EFFECTIVE))
    fields.append(
        Field(
            f"calendars[{name}][{_EFFECTIVE}]",
            t("settings.effective_from"),
            "datetime-local",
            hint=t("settings.effective_hint", zone=visit.zone.key),
        )
    )
    at = local_text(coming, visit.zone).replace("T", " ")
    hint = t("settings.coming", at=at) if coming else "" if calendar else t("settings.no_calendar")
    return Section(calendar_name(visit, name), tuple(fields), hint, dense=True)


def calendar_name(visit: Visit, name: str) -> str:
    """What a calendar is called."""
    return visit.texts.text(f"settings.calendars.{name}")


def read(visit: Visit, document: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The document with the hours that were typed; a calendar whose hours were all taken away is taken out."""
    changed = dict(document)
    for name in CALENDAR_NAMES:
        stored = member(document, ("calendars", name))
        kept = stored or {}
        week = {day: read_hours(text_at(typed, f"calendars[{name}][week][{day}]")) for day in WEEKDAYS}
        begins = read_local(text_at(typed, f"calendars[{name}][{_EFFECTIVE}]"), visit.zone)
        never_opens = stored is not None and not any((kept.get("week") or {}).values())
        calendar: dict[str, Any] | None = None
        if any(week.values()) or never_opens:
            hours = {day: given for day, given in week.items() if given or day in (kept.get("week") or {})}
            calendar = {**kept, "week": hours}
            if begins is not None:
                calendar[_EFFECTIVE] = begins
        changed = with_member(changed, ("calendars", name), calendar)
    for role in ROLES:
        changed = with_member(changed, ("role_calendar", role), text_at(typed, f"role_calendar[{role}]") or None)
    return changed
