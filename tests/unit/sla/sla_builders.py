"""Calendars, facts and policies the tests of clocks are written with."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shared.calendar.document import parse_calendar
from shared.calendar.opening_hours import Calendar, DayHours
from shared.sla.facts import CaseClosed, CaseReopened, ContactMade, EventSeen, Owner, TaskChanged
from shared.sla.policy.policy import Policies, read_policies
from shared.sla.store.policy_documents import read_snapshot
from shared.sla.store.timer_columns import PolicyKey, from_row, to_row
from shared.sla.store.timer_policies import policy_rows
from shared.sla.types import Snapshot, Timer

ZONES = (
    "Europe/Lisbon",
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Havana",
    "Atlantic/Azores",
    "America/St_Johns",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "UTC",
)
OFFICE = {day: [["09:00", "13:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ADVISOR = Owner("service_advisor", "S-7")


def office(zone: str = "Europe/Lisbon", **more: object) -> Calendar:
    """Monday to Friday, 9 to 13 and 14 to 18."""
    return parse_calendar({"week": OFFICE, **more}, zone)


def utc(text: str) -> datetime:
    """`2026-11-20 10:15` as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str, fold: int = 0) -> datetime:
    """A wall clock time in a zone, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def policies(**record: object) -> Policies:
    """The clocks of a dealer in Lisbon with office hours."""
    return read_policies({"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": OFFICE}}, **record})


def stored_policies(timer: Timer) -> dict[PolicyKey, Snapshot]:
    """The policies of a timer as they read from their rows."""
    rows = json.loads(json.dumps(policy_rows([timer])))
    return {(row["dealer_id"], row["policy_id"]): read_snapshot(row["document"]) for row in rows}


def read_back(timer: Timer, **columns: object) -> Timer:
    """A timer as it reads from its row, `columns` of which are others."""
    return from_row(to_row(timer) | columns, stored_policies(timer))


def ids():
    """Ids in order: t1, t2, …"""
    numbers = count(1)
    return lambda: f"t{next(numbers)}"


_FACTS = count(1)


def _common(at: datetime, fact_id: str | None) -> dict[str, object]:
    return {
        "fact_id": fact_id or f"f{next(_FACTS):05}",
        "occurred_at": at,
        "dealer_id": "lisboa-01",
        "case_id": "case-1",
        "customer_id": "C-1",
        "owner": ADVISOR,
    }


def event(at: datetime, fact_id: str | None = None, **more: object) -> EventSeen:
    return EventSeen(**(_common(at, fact_id) | more))


FRIDAY = utc("2026-11-20 10:00")


def message(at: datetime, fact_id: str | None = None) -> EventSeen:
    return event(at, fact_id, channel="message")


def contact(at: datetime, kind: str | None = "answer", channel: str = "message", **more: object) -> ContactMade:
    return ContactMade(**(_common(at, None) | {"direction": "outbound", "channel": channel, "kind": kind} | more))


def inbound(at: datetime, channel: str = "message", **more: object) -> ContactMade:
    return ContactMade(**(_common(at, None) | {"direction": "inbound", "channel": channel} | more))


def task(at: datetime, transition: str, **more: object) -> TaskChanged:
    given = {"task_id": "task-1", "kind": "deliver", "transition": transition, "open_delivers": 1}
    return TaskChanged(**(_common(at, None) | given | more))


def closed(at: datetime) -> CaseClosed:
    return CaseClosed(**_common(at, None))


def reopened(at: datetime) -> CaseReopened:
    """The fact of an event's making, which sorts before that event."""
    return CaseReopened(**(_common(at, None) | {"fact_id": f"-{at.isoformat()}"}))


def hours() -> st.SearchStrategy[DayHours]:
    """Up to three intervals of a day, in quarters of an hour."""
    edges = st.lists(st.integers(0, 96), unique=True, max_size=6).map(sorted)
    return edges.map(lambda cuts: tuple((a * 15, b * 15) for a, b in zip(cuts[::2], cuts[1::2], strict=False)))


@st.composite
def calendars(draw: st.DrawFn, zones: tuple[str, ...] = ZONES) -> Calendar:
    """Any week that opens on Wednesday for two hours at least, with some exceptions near the clock changes of 2026.

    So 400 days have more open hours than two of `lengths` ask for.
    """
    week = [draw(hours()) for _ in range(7)]
    if sum(closing - opening for opening, closing in week[2]) < 2 * 60:
        week[2] = ((9 * 60, 18 * 60),)
    some_day = st.dates(date(2026, 3, 1), date(2026, 11, 30))
    exceptions = draw(st.dictionaries(some_day, hours(), max_size=4))
    return Calendar(ZoneInfo(draw(st.sampled_from(zones))), tuple(week), exceptions)


CHANGES = ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01")


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """An instant of 2026, mostly near a clock change somewhere, on a whole minute."""
    near = utc(draw(st.sampled_from(CHANGES))) + timedelta(minutes=draw(st.integers(-3 * 1440, 3 * 1440)))
    anywhere = utc("2026-01-01") + timedelta(minutes=draw(st.integers(0, 300 * 1440)))
    return draw(st.sampled_from((near, near, anywhere)))


def lengths(hours: int = 40) -> st.SearchStrategy[timedelta]:
    return st.integers(1, hours * 60).map(lambda n: timedelta(minutes=n))
