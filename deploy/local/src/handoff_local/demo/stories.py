"""Reads the demo's two data files: the dealership, and what happened to its customers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import yaml

from handoff_local.demo.offsets import resolve_record, resolve_time
from shared.calendar.document import parse_calendar
from shared.calendar.holidays import propose_holidays
from shared.calendar.opening_hours import Calendar

_FOLDER: Final = Path(__file__).parent
_DATA_FIELDS: Final = ("step", "channel", "topics", "signals", "facts", "intake", "note")
_HOUSE: Final = "house"


@dataclass(frozen=True)
class Happening:
    """Something that happened: an event's content, when, who saw it, and what people did about it."""

    name: str
    at: str | None
    customer_id: str | None
    fields: Mapping[str, Any]
    then: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Demo:
    """The demo's files, read."""

    dealership: Mapping[str, Any]
    past: tuple[Happening, ...]
    live: tuple[Happening, ...]
    _calendars: dict[tuple[int, str], Calendar] = field(default_factory=dict)

    @property
    def dealer_id(self) -> str:
        """The demo dealer."""
        return str(self.dealership["dealer_id"])

    @cached_property
    def staff(self) -> Mapping[str, Mapping[str, Any]]:
        """Staff records by id."""
        return {record["id"]: record for record in self.dealership["staff"]}

    @cached_property
    def vehicles(self) -> Mapping[str, Mapping[str, Any]]:
        """Each customer's first vehicle."""
        return {record["customer_id"]: record for record in reversed(self.dealership["vehicles"])}

    def people_of(self, role: str) -> list[str]:
        """Who holds a role."""
        return [staff_id for staff_id, record in self.staff.items() if role in record["roles"]]

    def dealer_record(self, now: datetime) -> dict[str, Any]:
        """The dealer with the public holidays of the years around `now` accepted in each calendar."""
        record = dict(self.dealership["dealer"])
        record["calendars"] = {
            name: {**calendar, "holidays": {**calendar["holidays"], "accepted": list(_closed(now.year))}}
            for name, calendar in record["calendars"].items()
        }
        return record

    def calendar(self, now: datetime, role: str | None = None) -> Calendar:
        """The hours of a role, those of the house without one."""
        name = self.dealership["dealer"]["role_calendar"].get(role, "default")
        key = (now.year, name)
        if key not in self._calendars:
            record = self.dealer_record(now)
            self._calendars[key] = parse_calendar(record["calendars"][name], record["time_zone"], name=name)
        return self._calendars[key]

    def role_of(self, happening: Happening) -> str:
        """The role in which somebody saw it."""
        return str(happening.fields.get("as") or self.staff[happening.fields["by"]]["roles"][0])

    def time_of(self, happening: Happening, now: datetime) -> datetime:
        """When it happened, in the hours of who saw it; never after `now`."""
        if happening.at is None:
            return now
        return min(resolve_time(happening.at, self.calendar(now, self.role_of(happening)), now), now)

    def records(self, kind: str, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
        """Ids and records of one kind (`staff`, `customers`, …), offsets resolved."""
        calendar = self.calendar(now)
        for record in self.dealership[kind]:
            content = {name: value for name, value in record.items() if name != "id"}
            yield record["id"], resolve_record(content, calendar, now)

    def data(self, happening: Happening, intent: str, now: datetime) -> dict[str, Any]:
        """The `data` of the event; dates in it are offsets from `now`."""
        fields = happening.fields
        data: dict[str, Any] = {
            "dealer_id": self.dealer_id,
            "intent": intent,
            "observed_by": {"role": self.role_of(happening), "staff_id": fields["by"]},
            "occurrences": fields.get("what", []),
        }
        if happening.customer_id:
            data["customer_id"] = happening.customer_id
        vehicle = self.vehicles.get(happening.customer_id or "")
        if vehicle and fields.get("vehicle"):
            data["vehicle"] = {"vin": vehicle["id"], "plate": vehicle["plate"]}
        given = {name: fields[name] for name in _DATA_FIELDS if name in fields}
        return data | dict(resolve_record(given, self.calendar(now), now))


def read_demo() -> Demo:
    """The demo that comes with the program."""
    stories = _read("events.yaml")
    past = tuple(happening for story in stories["stories"] for happening in _happenings(story))
    live = tuple(_happening(f"live-{n}", fields.get("customer"), fields) for n, fields in enumerate(stories["live"]))
    return Demo(_read("dealer.yaml"), past, live)


def _happenings(story: Mapping[str, Any]) -> Iterator[Happening]:
    who = story.get("customer")
    for number, fields in enumerate(story["events"], 1):
        yield _happening(f"{who or _HOUSE}-{number:02}", who, fields)


def _happening(name: str, customer_id: str | None, fields: Mapping[str, Any]) -> Happening:
    return Happening(name, fields.get("at"), customer_id, fields, tuple(fields.get("then", ())))


@cache
def _closed(year: int) -> tuple[str, ...]:
    """The public holidays of Portugal in the years around one."""
    days = {holiday.day for each in range(year - 1, year + 2) for holiday in propose_holidays("PT", None, each)}
    return tuple(map(str, sorted(days)))


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load((_FOLDER / name).read_text(encoding="utf-8"), yaml.CSafeLoader)
    return document
