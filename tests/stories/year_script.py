"""What happens at a dealership in a year: records that are put, events, contacts. Customers of eight kinds, in turn."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from year_calendar import is_open, local

BEGINS = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ENDS = datetime(2027, 12, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

ADVISOR = {"role": "service_advisor", "staff_id": "S-service_advisor"}
SALESPERSON = {"role": "salesperson", "staff_id": "S-salesperson"}
REPAIR_ENTRY = "SA-09-05-a"


@dataclass(frozen=True)
class Record:
    """A record as it is put at an instant, whole."""

    at: datetime
    kind: str
    identity: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """An event that a system of the dealer posts when it happens."""

    at: datetime
    customer: str | None
    case: str | None = None
    occurrences: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    channel: str | None = None
    observer: dict[str, str] = field(default_factory=lambda: ADVISOR)
    step: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)
    """More of its data: vehicle, intake."""


@dataclass(frozen=True)
class Contact:
    """What a person said to a customer; it reached her unless `outcome` says otherwise."""

    at: datetime
    customer: str
    kind: str
    case: str | None = None
    channel: str = "telephone"
    outcome: str | None = "spoke"


@dataclass(frozen=True)
class Closing:
    """A person closes a case, its customer being satisfied."""

    at: datetime
    case: str


@dataclass(frozen=True)
class Completion:
    """The workshop says that the repair of a case is done."""

    at: datetime
    case: str


@dataclass(frozen=True)
class Look:
    """Somebody looks at what is still to be done about a case, on its task of an entry, else on any of it."""

    at: datetime
    case: str
    entry: str | None = None


Step = Record | Event | Contact | Closing | Completion | Look


@dataclass
class Script:
    """The year as it is played, by kind of step; `lazy`: customers whose tasks nobody accepts."""

    steps: list[Step] = field(default_factory=list)
    lazy: set[str] = field(default_factory=set)

    def add(self, *steps: Step) -> None:
        """More that happens."""
        self.steps += steps

    def of(self, kind: type[Any]) -> list[Any]:
        """The steps of a kind, in the order of time."""
        return [step for step in self.in_order() if isinstance(step, kind)]

    def in_order(self) -> list[Step]:
        """All steps up to the end, the earliest first; at one instant as they were written."""
        return sorted((step for step in self.steps if step.at <= ENDS), key=lambda step: step.at)


def at_day(days: int, hour: int, minute: int = 0, *, then: int = 0) -> datetime:
    """A local time of the so many-th day, of the next open one where that is closed; `then`: open days later."""
    day = BEGINS.date() + days * DAY
    while then or not is_open(day):
        then -= is_open(day)
        day += DAY
    return local(day, time(hour, minute))


def day_number(days: int) -> date:
    """The so many-th day of the year."""
    return BEGINS.date() + days * DAY


def put_customer(script: Script, customer: str, days: int, *, at: datetime | None = None, **fields: Any) -> None:
    """The dealership stores a customer whom it knows, with an e-mail address and consent unless said otherwise."""
    mail = [{"kind": "email", "address": f"{customer.lower()}@example.pt", "verified": True}]
    consent = {"service": True, "marketing": True}
    given = {"name": f"Ana Sousa {customer}", "locale": "en", "channels": mail, "consent": consent, "existing": True}
    script.add(Record(at or at_day(days, 10, 30), "customers", customer, given | fields))


def vehicle_fields(customer: str, **fields: Any) -> dict[str, Any]:
    """The record of a customer's vehicle."""
    return {"customer_id": customer} | {
        name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()
    }
