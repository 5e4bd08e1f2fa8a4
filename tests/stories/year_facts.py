"""What the script of a year says of records, contacts and cases, as the rules of time ask for it."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from year_calendar import day_of, open_from
from year_script import BEGINS, Closing, Contact, Event, Record, Script

FOREVER = datetime.max.replace(tzinfo=BEGINS.tzinfo)
LATE = timedelta(days=30)
"""How old a date may be when its record arrives."""

Dates = Callable[[dict[str, Any]], list[tuple[date, datetime]]]
"""The days that a record's fields give a rule, in order, each with the instant at which it is acted on."""


class Happening(NamedTuple):
    """A rule, whose it was (a record, a case, a customer or the dealer), what came of it, and when (UTC)."""

    rule: str
    whose: str
    what: str
    at: datetime


@dataclass(frozen=True)
class Version:
    """A record as it stood from an instant until another one; `before`: its fields until then."""

    kind: str
    identity: str
    fields: dict[str, Any]
    before: dict[str, Any]
    since: datetime
    until: datetime

    @property
    def customer(self) -> str:
        """Whose record it is."""
        return str(self.fields["customer_id"])

    @property
    def starts_at(self) -> datetime:
        """When an appointment begins, UTC."""
        return datetime.fromisoformat(self.fields["starts_at"])

    def day(self, name: str) -> date | None:
        """A date it holds."""
        return date.fromisoformat(self.fields[name]) if self.fields.get(name) else None

    def turns(self, dates: Dates) -> Iterator[tuple[date, datetime]]:
        """The days acted on while it stood: each as it comes, and of those past and new the last, if it is not old."""
        given = dates(self.fields)
        past = [one for one in given if one[1] <= self.since]
        if past and past[-1] not in dates(self.before) and day_of(self.since) - past[-1][0] <= LATE:
            yield past[-1][0], open_from(self.since)
        yield from ((day, at) for day, at in given if self.since < at < self.until)


@dataclass
class Facts:
    """The script by what is asked of it."""

    script: Script

    @cached_property
    def events(self) -> list[Event]:
        """The events, in order."""
        return list(self.script.of(Event))

    @cached_property
    def contacts(self) -> list[Contact]:
        """What people said to customers, in order."""
        return list(self.script.of(Contact))

    @cached_property
    def _versions(self) -> list[Version]:
        puts: dict[tuple[str, str], list[Record]] = {}
        for put in self.script.of(Record):
            puts.setdefault((put.kind, put.identity), []).append(put)
        return [
            Version(kind, identity, put.fields, before, put.at, after)
            for (kind, identity), found in puts.items()
            for before, put, after in zip(
                [{}, *(one.fields for one in found)], found, [*(one.at for one in found[1:]), FOREVER], strict=False
            )
        ]

    def of_kind(self, kind: str) -> list[Version]:
        """Every record of a kind as it stood in turn."""
        return [one for one in self._versions if one.kind == kind]

    def first_of_kind(self, kind: str) -> list[Version]:
        """Every record of a kind as it was first put."""
        return [one for one in self.of_kind(kind) if not one.before]

    def heard(self, customer: str) -> list[datetime]:
        """When a customer said something by a channel."""
        return [one.at for one in self.events if one.customer == customer and one.channel]

    def told(self, customer: str) -> list[Contact]:
        """What people told a customer."""
        return [one for one in self.contacts if one.customer == customer]

    def in_contact(self, customer: str, since: datetime, until: datetime) -> bool:
        """Whether a customer said or was told something."""
        return any(since <= at < until for at in (*self.heard(customer), *(one.at for one in self.told(customer))))

    def is_booked(self, vin: str, at: datetime) -> bool:
        """Whether a service appointment of a vehicle was still to come."""
        return any(
            one.since < at <= one.until and one.starts_at >= at and one.fields.get("status", "booked") != "done"
            for one in self.of_kind("appointments")
            if (one.fields["kind"], one.fields.get("vin")) == ("service", vin)
        )

    def end_in_case(self, event: Event, names: Set[str]) -> datetime:
        """When an occurrence or signal of these names is next heard in the event's case, or that is closed."""
        later = (one for one in self.events if one.case == event.case and one.at > event.at)
        ends = [one.at for one in later if names & {*one.occurrences, *one.signals}]
        closed = [one.at for one in self.script.of(Closing) if one.case == event.case and one.at > event.at]
        return min([*ends, *closed], default=FOREVER)

    def told_in_case(self, event: Event, kinds: Set[str]) -> datetime:
        """When somebody next tells the customer something of these kinds in the event's case."""
        later = (one for one in self.contacts if one.case == event.case and one.at > event.at)
        return min((one.at for one in later if one.kind in kinds), default=FOREVER)
