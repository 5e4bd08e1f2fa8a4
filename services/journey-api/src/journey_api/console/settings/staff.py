"""A member of staff as a form: role, presence, shifts, leave with a substitute, how they are reached."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from babel.dates import get_day_names

from journey_api.console.catalogue import LANGUAGES, NAMES
from journey_api.console.settings.form_fields import Field, Section, Typed, in_order, member, text_at, with_member
from journey_api.console.settings.repeated import read_rows, with_spare
from journey_api.console.settings.written import hours_text, read_hours, read_number
from journey_api.console.visit import Visit
from shared.calendar.opening_hours import WEEKDAYS
from shared.channels.registry import staff_channels
from shared.people.staff import DEFAULT_CAPACITY
from shared.vocabulary import ROLES

Document = Mapping[str, Any]
_PRESENCES: Final = ("present", "away", "off")
_GENDERS: Final = ("f", "m", "x")
_TEXTS: Final = ("name", "salutation", "gender", "locale", "substitute_id", "manager_id", "presence")


def show(visit: Visit, document: Document, colleagues: Mapping[str, str], typed: Typed) -> list[Section]:
    """The sections of a person; `colleagues` names the others by id."""
    t = visit.texts.text
    roles = tuple((role, visit.texts.name("roles", role)) for role in ROLES)
    others = (("", "–"), *sorted(colleagues.items(), key=lambda one: one[1]))
    person = (
        Field("name", t("settings.staff.name"), values=(document.get("name") or "",), required=True),
        Field("salutation", t("settings.staff.salutation"), values=(document.get("salutation") or "",)),
        _select(visit, "gender", document.get("gender"), (("", "–"), *_named(visit, "genders", _GENDERS))),
        Field("roles", t("settings.staff.roles"), "checkboxes", tuple(document.get("roles") or ()), roles),
        Field("lead_of", t("settings.staff.lead_of"), "checkboxes", tuple(document.get("lead_of") or ()), roles),
    )
    work = (
        _select(visit, "presence", document.get("presence") or "present", _named(visit, "presences", _PRESENCES)),
        Field("capacity", t("settings.staff.capacity"), "number", (str(document.get("capacity", DEFAULT_CAPACITY)),)),
        _select(visit, "substitute_id", document.get("substitute_id"), others),
        _select(visit, "manager_id", document.get("manager_id"), others),
        _select(visit, "locale", document.get("locale"), (("", "–"), *((code, NAMES[code]) for code in LANGUAGES))),
    )
    return [
        Section(t("settings.staff.person"), person),
        Section(t("settings.staff.work"), work),
        Section(
            t("settings.staff.shifts"), tuple(_shifts(visit, document)), t("settings.staff.shifts_hint"), dense=True
        ),
        Section(
            t("settings.staff.leave"),
            tuple(_leave(visit, document, others, typed)),
            t("settings.staff.leave_hint"),
            columns=3,
            repeats=3,
        ),
        Section(t("settings.staff.channels"), tuple(_channels(visit, document, typed)), columns=2, repeats=2),
    ]


def _named(visit: Visit, section: str, words: Iterable[str]) -> Sequence[tuple[str, str]]:
    return tuple((one, visit.texts.text(f"settings.staff.{section}.{one}")) for one in words)


def _select(visit: Visit, name: str, value: Any, options: Sequence[tuple[str, str]]) -> Field:
    return Field(
        name, visit.texts.text(f"settings.staff.{name}"), "select", (value or "",), _with_stored(options, value)
    )


def _with_stored(options: Sequence[tuple[str, str]], value: Any) -> tuple[tuple[str, str], ...]:
    """The options, and what is stored where it is none of them, so that saving the form keeps it."""
    known = {option for option, _ in options}
    return (*options, (value, value)) if value and value not in known else tuple(options)


def _shifts(visit: Visit, document: Document) -> Iterable[Field]:
    days = get_day_names("wide", "stand-alone", visit.viewer.language)
    for number, day in enumerate(WEEKDAYS):
        yield Field(f"shifts[{day}]", days[number], values=(hours_text(member(document, ("shifts", day))),))


def _leave(visit: Visit, document: Document, others: Sequence[tuple[str, str]], typed: Typed) -> Iterable[Field]:
    t = visit.texts.text
    for at, row in with_spare(document.get("leave"), typed, "leave"):
        number = at + 1
        yield Field(f"leave[{at}][from]", t("settings.staff.from", number=number), "date", (row.get("from") or "",))
        yield Field(f"leave[{at}][to]", t("settings.staff.to", number=number), "date", (row.get("to") or "",))
        yield Field(
            f"leave[{at}][substitute_id]",
            t("settings.staff.stands_in", number=number),
            "select",
            (row.get("substitute_id") or "",),
            _with_stored(others, row.get("substitute_id")),
        )


def _channels(visit: Visit, document: Document, typed: Typed) -> Iterable[Field]:
    t = visit.texts.text
    kinds = tuple((kind, visit.texts.name("channels", kind)) for kind in staff_channels())
    for at, row in with_spare(document.get("channels"), typed, "channels"):
        number = at + 1
        label = t("settings.staff.kind", number=number)
        yield Field(f"channels[{at}][kind]", label, "select", (row.get("kind") or "",), (("", "–"), *kinds))
        yield Field(
            f"channels[{at}][address]", t("settings.staff.address", number=number), values=(row.get("address") or "",)
        )


def read(document: Document, typed: Typed) -> dict[str, Any]:
    """The person's record with what was typed; rows without a word are left out."""
    changed = dict(document)
    for name in _TEXTS:
        changed = with_member(changed, (name,), text_at(typed, name) or None)
    for name in ("roles", "lead_of"):
        changed[name] = in_order(document.get(name) or (), typed.get(name, ()))
    changed = with_member(changed, ("capacity",), read_number(text_at(typed, "capacity")))
    shifts = {day: hours for day in WEEKDAYS if (hours := read_hours(text_at(typed, f"shifts[{day}]")))}
    changed = with_member(changed, ("shifts",), shifts or None)
    changed["leave"] = [row for _, row in read_rows(typed, "leave", ("from", "to", "substitute_id"))]
    changed["channels"] = [row for _, row in read_rows(typed, "channels", ("kind", "address"))]
    return changed
