"""When customers are written to and how often: quiet hours, the window for marketing, patience, the most at once."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from babel.dates import get_day_names

from journey_api.console.settings.form_fields import Field, Section, Typed, in_order, member, text_at, with_member
from journey_api.console.settings.repeated import read_rows, with_spare
from journey_api.console.settings.written import read_number
from journey_api.console.visit import Visit
from journey_api.reference.dealer_record import Patience
from shared.calendar.durations import format_clock_time, format_duration
from shared.calendar.opening_hours import WEEKDAYS
from shared.calendar.quiet_hours import DEFAULT_MARKETING
from shared.channels.registry import find_kind
from shared.people.contact_hours import MOST_MESSAGES, MOST_MESSAGES_PER

Document = Mapping[str, Any]
_QUIET: Final = "quiet_hours"
_MARKETING: Final = "marketing_window"
_PATIENCE: Final = "patience"
_THROTTLE: Final = "throttle"
_SPAN: Final = ("from", "to")


async def show(visit: Visit, document: Document, typed: Typed) -> list[Section]:
    """A row for each quiet time, the window of marketing, a duration for each channel that shows delivery, the most."""
    parts = {
        "quiet": _quiet(visit, document, typed),
        "marketing": _marketing(visit, document),
        "patience": _patience(visit, document),
        _THROTTLE: _throttle(visit, document),
    }
    t = visit.texts.text
    return [
        Section(
            t(f"settings.times.{part}"),
            tuple(fields),
            t(f"settings.times.{part}_hint"),
            columns=3,
            repeats=3 if part == "quiet" else 0,
        )
        for part, fields in parts.items()
    ]


def _quiet(visit: Visit, document: Document, typed: Typed) -> Iterable[Field]:
    t = visit.texts.text
    for at, row in with_spare(document.get(_QUIET), typed, _QUIET):
        name = f"{_QUIET}[{at}]"
        for part in _SPAN:
            label = t(f"settings.times.quiet_{part}", number=at + 1)
            yield Field(f"{name}[{part}]", label, values=(row.get(part) or "",))
        yield _days(visit, name, t("settings.times.quiet_days", number=at + 1), row)


def _marketing(visit: Visit, document: Document) -> Iterable[Field]:
    t, given = visit.texts.text, document.get(_MARKETING) or {}
    usual = {"from": DEFAULT_MARKETING.start, "to": DEFAULT_MARKETING.end}
    for part in _SPAN:
        hint = t("settings.default", value=format_clock_time(usual[part]))
        yield Field(f"{_MARKETING}[{part}]", t(f"settings.times.{part}"), values=(given.get(part) or "",), hint=hint)
    yield _days(visit, _MARKETING, t("settings.times.days"), given)


def _days(visit: Visit, name: str, label: str, row: Document) -> Field:
    names = get_day_names("abbreviated", "stand-alone", visit.viewer.language)
    options = tuple((day, names[number]) for number, day in enumerate(WEEKDAYS))
    return Field(f"{name}[days]", label, "checkboxes", tuple(row.get("days") or ()), options)


def _patience(visit: Visit, document: Document) -> Iterable[Field]:
    for channel in Patience.model_fields:
        kind = find_kind(channel)
        usual = format_duration(kind.delivery_timeout) if kind and kind.delivery_timeout else "–"
        yield Field(
            f"{_PATIENCE}[{channel}]",
            visit.texts.name("channels", channel),
            values=(member(document, (_PATIENCE, channel)) or "",),
            hint=visit.texts.text("settings.default", value=usual),
        )


def _throttle(visit: Visit, document: Document) -> Iterable[Field]:
    t = visit.texts.text
    usual = {"messages": MOST_MESSAGES, "per": format_duration(MOST_MESSAGES_PER)}
    for name, value in usual.items():
        yield Field(
            f"{_THROTTLE}[{name}]",
            t(f"settings.times.{_THROTTLE}_{name}"),
            "number" if name == "messages" else "text",
            (str(member(document, (_THROTTLE, name)) or ""),),
            hint=t("settings.default", value=value),
        )


def read(_visit: Visit, document: Document, typed: Typed) -> dict[str, Any]:
    """The document with the times that were typed; an empty field is the default, no day ticked every day."""
    stored = {(row.get("from"), row.get("to")): row for row in document.get(_QUIET) or ()}
    quiet = [
        _with_days(row, stored.get((row.get("from"), row.get("to")), {}), typed, f"{_QUIET}[{at}]")
        for at, row in _quiet_rows(typed)
    ]
    changed = with_member(document, (_QUIET,), quiet or None)
    window = {part: given for part in _SPAN if (given := text_at(typed, f"{_MARKETING}[{part}]"))}
    window = _with_days(window, document.get(_MARKETING) or {}, typed, _MARKETING)
    changed = with_member(changed, (_MARKETING,), window or None)
    for channel in Patience.model_fields:
        wait = text_at(typed, f"{_PATIENCE}[{channel}]") or None
        changed = with_member(changed, (_PATIENCE, channel), wait)
    most = read_number(text_at(typed, f"{_THROTTLE}[messages]"))
    changed = with_member(changed, (_THROTTLE, "messages"), most)
    return with_member(changed, (_THROTTLE, "per"), text_at(typed, f"{_THROTTLE}[per]") or None)


def _quiet_rows(typed: Typed) -> Iterable[tuple[int, dict[str, str]]]:
    """Also the rows of which only days were ticked, for the check to name what they lack."""
    return (
        (at, {part: row[part] for part in _SPAN if part in row})
        for at, row in read_rows(typed, _QUIET, (*_SPAN, "days"))
    )


def _with_days(row: Mapping[str, Any], stored: Document, typed: Typed, name: str) -> dict[str, Any]:
    """The row with the days that were ticked; a stored one that is of no day stays so."""
    given, kept = typed.get(f"{name}[days]", ()), stored.get("days")
    days = in_order(kept or WEEKDAYS, given)
    return {**row, "days": days} if days else {**row, "days": []} if kept == [] else dict(row)
