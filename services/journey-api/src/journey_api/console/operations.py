"""Operations as they stand now: what is broken, what breaks next, how it went, how fresh the numbers are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from journey_api.console.countdown import Countdown, time_of
from journey_api.console.hour_strip import HourStrip, draw_strip
from journey_api.console.multiples import GROUPS, Multiple, draw_multiples
from journey_api.console.operations_place import OperationsPlace
from journey_api.console.time_left import duration
from journey_api.console.visit import Visit
from journey_api.console.watched_clocks import WatchedClock, watch_clocks
from journey_api.feeds.cursor import encode_cursor
from journey_api.feeds.numbered_rows import heads
from journey_api.http.pagination import Page
from journey_api.http.periods import Period
from journey_api.reports.channel_health import ChannelHealth, measure_channels
from journey_api.reports.clock_filter import TimerFilter, TimerState
from journey_api.reports.clock_report import list_timers
from journey_api.reports.clock_summary import By, summarise, summary_item
from journey_api.tasks.queries import Order, list_tasks, tasks_query
from journey_api.tasks.shown import customer_name, load_records
from shared.db.schema import customer
from shared.lifecycle import Task
from shared.messaging.dead_letters import DeadLetter, list_dead_letters
from shared.tasks.documents import title_of
from shared.vocabulary import OPEN_STATUSES

AHEAD: Final = timedelta(hours=1)
MOST_CLOCKS: Final = 100
MOST_LETTERS: Final = 50
_MOST_OLD: Final = 5
_LIVE: Final[list[TimerState]] = ["running", "paused"]


@dataclass(frozen=True, slots=True)
class OldTask:
    """An open task and how long it has been there."""

    task_id: str
    title: str
    age: str
    customer: str | None
    dealer: str
    entry: str
    status: str


@dataclass(frozen=True, slots=True)
class Now:
    """What is broken and what breaks next. `more_late`, `more_due`: there are more than are listed.

    `rate` of today, None while no clock of today has ended; `at_risk` of those that are due next.
    """

    late: tuple[WatchedClock, ...]
    due: tuple[WatchedClock, ...]
    more_late: bool
    more_due: bool
    at_risk: int
    rate: float | None
    strip: HourStrip
    cursor: str


async def look_now(visit: Visit, place: OperationsPlace) -> Now:
    """The clocks of the place that are overdue, and those due within the hour, most pressing first."""
    targets = [place.target] if place.target else None
    late_filter = TimerFilter(place.dealer_id, target=targets, state=_LIVE, breached=True)
    due_filter = TimerFilter(
        place.dealer_id, target=targets, state=["running"], breached=False, due_before=visit.now + AHEAD
    )
    positions = await heads(visit.connection, "sla")
    late = await list_timers(visit.connection, late_filter, None, MOST_CLOCKS, visit.now)
    due = await list_timers(visit.connection, due_filter, None, MOST_CLOCKS, visit.now)
    known = [one for one in (*late[:MOST_CLOCKS], *due[:MOST_CLOCKS]) if one.dealer_id in place.places]
    shown = await watch_clocks(visit, known, place.places)
    count = sum(one.dealer_id in place.places for one in late[:MOST_CLOCKS])
    late_rows, due_rows = tuple(shown[:count]), tuple(shown[count:])
    followed = {d: p for d, p in positions.items() if d in place.places}
    return Now(
        late=late_rows,
        due=due_rows,
        more_late=len(late) > MOST_CLOCKS,
        more_due=len(due) > MOST_CLOCKS,
        at_risk=sum(one.clock.state == "warning" for one in due_rows),
        rate=await _rate_today(visit, place),
        strip=_strip(visit, place, shown),
        cursor=encode_cursor(followed),
    )


def _strip(visit: Visit, place: OperationsPlace, shown: Sequence[WatchedClock]) -> HourStrip:
    clocks: dict[str, list[Countdown]] = defaultdict(list)
    for one in shown:
        clocks[one.dealer_id].append(one.clock)
    dealers = [(dealer_id, place.places[dealer_id].name, place.calendars[dealer_id]) for dealer_id in place.places]
    return draw_strip(sorted(dealers, key=lambda one: one[1]), clocks, visit.now)


async def _rate_today(visit: Visit, place: OperationsPlace) -> float | None:
    from_today = Period(place.today, place.today)
    rows = await summarise(visit.connection, place.dealer_id, from_today, ["target"], visit.now, place.target)
    met, breached = (sum(row[name] for row in rows) for name in ("met", "breached"))
    return met / (met + breached) if met + breached else None


async def load_attainment(visit: Visit, place: OperationsPlace) -> dict[str, tuple[Multiple, ...]]:
    """The multiples of each group that has any; a single dealer is not compared with itself."""
    drawn: dict[str, tuple[Multiple, ...]] = {}
    for group in GROUPS:
        if group == "dealer" and len(place.places) == 1:
            continue
        items = await _items(visit, place, place.period, [group])
        by_day = await _items(visit, place, place.days, [group, "day"])
        if multiples := draw_multiples(items, by_day, place.until):
            drawn[group] = multiples
    return drawn


async def _items(visit: Visit, place: OperationsPlace, period: Period, by: list[By]) -> list[dict[str, Any]]:
    rows = await summarise(visit.connection, place.dealer_id, period, by, visit.now, place.target)
    language = visit.viewer.language
    return [summary_item(row, by, visit.stack.playbook, language) for row in rows if row["key0"] is not None]


async def load_oldest(visit: Visit, place: OperationsPlace) -> list[OldTask]:
    """The open tasks that have been there longest."""
    wanted: dict[str, Sequence[str]] = {"status": OPEN_STATUSES}
    if place.dealer_id:
        wanted["dealer_id"] = [place.dealer_id]
    order = Order("created_at")
    tasks = await list_tasks(visit.connection, tasks_query(wanted, order), order, Page(_MOST_OLD, None), wanted)
    shown = [task for task in tasks[:_MOST_OLD] if task.dealer_id in place.places]
    keys = {(task.dealer_id, task.customer_id) for task in shown if task.customer_id}
    customers = await load_records(visit.connection, customer, "customer_id", keys)
    return [_old(visit, place, task, customers.get((task.dealer_id, task.customer_id or ""))) for task in shown]


def _old(visit: Visit, place: OperationsPlace, task: Task, record: Mapping[str, Any] | None) -> OldTask:
    texts, zone = visit.texts, place.places[task.dealer_id].zone
    status = texts.text(f"task.statuses.{task.status}")
    if task.status == "waiting" and task.waiting_until:
        until = time_of(task.waiting_until, visit.now, zone, visit.viewer.language)
        status = texts.text("operations.waits_until", status=status, time=until)
    return OldTask(
        task_id=task.task_id,
        title=title_of(visit.stack.playbook, task, visit.viewer.language),
        age=" ".join(duration(visit.now - task.created_at, texts)).strip(),
        customer=customer_name(record, visit.viewer.language) or task.customer_id,
        dealer=place.places[task.dealer_id].name,
        entry=task.entry,
        status=status,
    )


async def load_channels(visit: Visit, place: OperationsPlace) -> list[ChannelHealth]:
    """The channels of the last hour."""
    found: Mapping[str, ChannelHealth] = await measure_channels(visit.connection, place.dealer_id, visit.now - AHEAD)
    return list(found.values())


async def load_letters(visit: Visit, place: OperationsPlace) -> list[tuple[DeadLetter, str]]:
    """The dead letters, newest first, with the time since when they are there."""
    letters = await list_dead_letters(visit.connection, MOST_LETTERS, None, place.dealer_id)
    return [
        (one, time_of(one.first_at, visit.now, _zone(place, one.dealer_id, visit), visit.viewer.language))
        for one in letters
    ]


def _zone(place: OperationsPlace, dealer_id: str, visit: Visit) -> ZoneInfo:
    known = place.places.get(dealer_id)
    return known.zone if known else visit.zone


def ago(visit: Visit, at: datetime, now: datetime) -> str:
    """`12 s`, `7 min`, `2 h 13`: how long ago something was."""
    span = max(now - at, timedelta(0))
    if span < timedelta(minutes=1):
        return visit.texts.text("operations.seconds", seconds=int(span.total_seconds()))
    return " ".join(duration(span, visit.texts)).strip()
