"""Clocks as rows of operations: what they are of, whose they are, and who was told that they are overdue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from journey_api.cases.timeline_words import Words
from journey_api.console.countdown import Countdown, countdown, time_of
from journey_api.console.visit import Visit
from journey_api.http.pagination import Page
from journey_api.http.query_parameters import Filters
from journey_api.reports.notification_list import NotificationFilter, list_notifications
from journey_api.tasks.queries import Order, list_tasks, tasks_query
from journey_api.tasks.shown import Records, customer_name, load_people, load_records, show_task, staff_name
from shared.db.schema import customer, staff
from shared.lifecycle import Task
from shared.sla.types import Timer
from shared.tasks.documents import title_of
from shared.tasks.store import load_tasks
from shared.vocabulary import OPEN_STATUSES

_NOTICES: Final = ("BREACHED", "ESCALATED")
_MOST_NOTICES: Final = 400
_MOST_TASKS: Final = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody told of a breach: `who`, at `time` in the dealer's zone, and what is known of it."""

    who: str
    time: str
    status: str


@dataclass(frozen=True, slots=True)
class WatchedClock:
    """A clock in a list. `address` leads to its task, else its case; `told` is the newest notice of its breach."""

    clock: Countdown
    title: str
    address: str
    rule: str
    entry: str | None
    customer: str | None
    vehicle: str | None
    dealer_id: str
    dealer: str
    holder: str | None
    role: str | None
    offered: bool
    task_id: str | None
    told: Notice | None


@dataclass(frozen=True, slots=True)
class Place:
    """A dealer as operations show it."""

    name: str
    zone: ZoneInfo


async def watch_clocks(visit: Visit, timers: Sequence[Timer], places: Mapping[str, Place]) -> list[WatchedClock]:
    """The clocks in their order; statements do not grow with their number."""
    tasks = await _tasks_of(visit, timers)
    people = await load_people(visit.connection, list({task.task_id: task for task in tasks.values()}.values()))
    customers = await load_records(
        visit.connection,
        customer,
        "customer_id",
        {(timer.dealer_id, timer.customer_id) for timer in timers if timer.customer_id},
    )
    told = await _notices(visit, timers)
    notified = {(row["dealer_id"], row["staff_id"]) for row in told.values() if row["staff_id"]}
    owners = {(timer.dealer_id, timer.owner.staff_id) for timer in timers if timer.owner.staff_id}
    colleagues = await load_records(visit.connection, staff, "staff_id", owners | notified)
    rows = []
    for timer in timers:
        task = tasks.get(timer.timer_id)
        words = show_task(task, (), people, visit.stack.playbook.texts, visit.viewer.language) if task else {}
        place = places[timer.dealer_id]
        rows.append(
            WatchedClock(
                clock=countdown(timer, visit.now, place.zone, visit.texts),
                title=_title(visit, timer, task),
                address=_address(timer, task),
                rule=timer.rule,
                entry=task.entry if task else None,
                customer=_customer(visit, timer, customers),
                vehicle=words.get("vehicle"),
                dealer_id=timer.dealer_id,
                dealer=place.name,
                holder=_holder(timer, words, colleagues),
                role=visit.texts.text(f"roles.{timer.owner.role}") if timer.owner.role else None,
                offered=_is_offer(timer, task),
                task_id=task.task_id if task and task.is_open else None,
                told=_told(visit, told.get(timer.timer_id), place, colleagues),
            )
        )
    return rows


async def _tasks_of(visit: Visit, timers: Sequence[Timer]) -> dict[str, Task]:
    """By timer its task; of a case's clock the case's most pressing open task, where there is one."""
    own = await load_tasks(visit.connection, [timer.task_id for timer in timers if timer.task_id])
    cases = sorted({timer.case_id for timer in timers if timer.case_id and not timer.task_id})
    by_case: dict[tuple[str, str | None], Task] = {}
    if cases:
        wanted: Filters = {"case_id": cases, "status": OPEN_STATUSES}
        query, part = tasks_query(wanted, Order()), Page(_MOST_TASKS, None)
        for task in await list_tasks(visit.connection, query, Order(), part, wanted):
            by_case.setdefault((task.dealer_id, task.case_id), task)
    found = {}
    for timer in timers:
        its = own.get(timer.task_id) if timer.task_id else by_case.get((timer.dealer_id, timer.case_id))
        if its is not None:
            found[timer.timer_id] = its
    return found


async def _notices(visit: Visit, timers: Sequence[Timer]) -> dict[str, RowMapping]:
    """By timer the newest notice of its breach."""
    late = [timer for timer in timers if timer.breached_at is not None]
    if not late:
        return {}
    given = {
        "dealer_id": sorted({timer.dealer_id for timer in late}),
        "timer_id": sorted({timer.timer_id for timer in late}),
        "message": _NOTICES,
    }
    rows = await list_notifications(visit.connection, NotificationFilter(given), None, _MOST_NOTICES)
    newest: dict[str, RowMapping] = {}
    for row in rows:
        newest.setdefault(row["timer_id"], row)
    return newest


def _title(visit: Visit, timer: Timer, task: Task | None) -> str:
    if task is not None:
        return title_of(visit.stack.playbook, task, visit.viewer.language)
    name = visit.stack.playbook.texts.text("time_rules", timer.rule, visit.viewer.language)
    return name[:1].upper() + name[1:]


def _address(timer: Timer, task: Task | None) -> str:
    if task is not None:
        return f"/tasks/{task.task_id}"
    return f"/cases/{timer.dealer_id}/{timer.case_id}" if timer.case_id else f"#timer-{timer.timer_id}"


def _customer(visit: Visit, timer: Timer, customers: Records) -> str | None:
    record = customers.get((timer.dealer_id, timer.customer_id or ""))
    return customer_name(record, visit.viewer.language) or timer.customer_id


def _holder(timer: Timer, words: Mapping[str, Any], colleagues: Records) -> str | None:
    """Who answers for the clock: its owner, else who holds the task or is offered it."""
    owner = staff_name(colleagues.get((timer.dealer_id, timer.owner.staff_id or "")))
    return owner or words.get("assignee") or words.get("offered_to")


def _is_offer(timer: Timer, task: Task | None) -> bool:
    """Whether who is named for the clock has been offered its task, and not accepted it."""
    if task is None or task.assignee_id is not None or task.offered_to is None:
        return False
    return timer.owner.staff_id in (None, task.offered_to)


def _told(visit: Visit, row: RowMapping | None, place: Place, colleagues: Records) -> Notice | None:
    if row is None:
        return None
    who = staff_name(colleagues.get((row["dealer_id"], row["staff_id"] or ""))) or row["staff_id"]
    status = Words(visit.viewer.language, place.zone, visit.stack.playbook.texts).word("statuses", row["status"])
    return Notice(
        who=who or visit.texts.text("operations.group_mailbox"),
        time=time_of(row["created_at"], visit.now, place.zone, visit.viewer.language),
        status=status,
    )
