"""What the words of notifications rest on: the names and instants that rows and records never hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, Select, bindparam, func, select

from notifier.context import Desk, Record
from notifier.notifications.request import Obligation, obligation_of
from notifier.notifications.staff_text_rows import load_all_spoken
from shared.db.bulk import among, pairs
from shared.db.schema import journey_case, notification, routing, sla_timer
from shared.ids import CaseKey, CustomerKey
from shared.lifecycle import Task
from shared.tasks.store import load_tasks
from shared.vocabulary import MESSAGE

_TIMERS: Final = sla_timer.c
_CASES: Final = select(
    journey_case.c.dealer_id,
    journey_case.c.case_id,
    journey_case.c.owner_role,
    journey_case.c.owner_staff_id,
    journey_case.c.vehicle,
).where(among(journey_case.c.dealer_id, journey_case.c.case_id))
_ANSWERS_DUE: Final = (
    select(_TIMERS.dealer_id, _TIMERS.case_id, func.min(_TIMERS.due_at).label("due_at"))
    .where(among(_TIMERS.dealer_id, _TIMERS.case_id), _TIMERS.target == "first_response", _TIMERS.state == "running")
    .where(_TIMERS.due_at > bindparam("now", type_=_TIMERS.due_at.type))
    .group_by(_TIMERS.dealer_id, _TIMERS.case_id)
)
_OFFERS_DUE: Final = select(_TIMERS.task_id, _TIMERS.due_at).where(
    among(_TIMERS.dealer_id, _TIMERS.task_id), _TIMERS.target == "acceptance", _TIMERS.state == "running"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What some obligations refer to, read together. What is not there is missing.

    `dealers` and `staff` by dealer, `customers` and `cases` by dealer and id, `answers_due` by case (when the running
    clock of the first answer is due, unless that has passed: nobody is promised it), `tasks` and `offers_due` (when the
    running offer runs out) by task, `spoken` (a person's own words) by key, `carried` by notification.
    """

    dealers: Mapping[str, Record]
    staff: Mapping[str, Mapping[str, Record]]
    customers: Mapping[CustomerKey, Record]
    cases: Mapping[CaseKey, Mapping[str, Any]]
    answers_due: Mapping[CaseKey, datetime]
    tasks: Mapping[str, Task]
    offers_due: Mapping[str, datetime]
    spoken: Mapping[str, RowMapping]
    carried: Mapping[str, Obligation]


async def with_cases(desk: Desk, obligations: Sequence[Obligation]) -> list[Obligation]:
    """The obligations with the cases of their events, of those that are routed; the others keep waiting for none."""
    wanted = {one.about["event_id"] for one in obligations if _seeks_case(one)}
    if not wanted:
        return list(obligations)
    query = select(routing.c.event_id, routing.c.case_id).where(routing.c.event_id.in_(sorted(wanted)))
    routed = {row.event_id: row.case_id for row in await desk.connection.execute(query)}
    return [_with_case(one, routed) if _seeks_case(one) else one for one in obligations]


async def load_grounds(desk: Desk, obligations: Sequence[Obligation]) -> Grounds:
    """Everything the words of these obligations may need, and of those they carry. Raises LookupError: no dealer."""
    carried = await _load_carried(desk, obligations)
    every = [*obligations, *carried.values()]
    dealers = sorted({one.dealer_id for one in every})
    tasks = await load_tasks(desk.connection, {one.task_id for one in every if one.task_id is not None})
    cases = {(one.dealer_id, one.case_id) for one in every if one.case_id is not None}
    offered = {(task.dealer_id, task.task_id) for task in tasks.values()}
    written = [one for one in every if one.recipient.customer_id is not None]
    answered = {(one.dealer_id, one.case_id) for one in written if one.case_id is not None}
    return Grounds(
        dealers={dealer_id: await desk.dealer(dealer_id) for dealer_id in dealers},
        staff={dealer_id: await desk.staff(dealer_id) for dealer_id in dealers},
        customers=await desk.customers(_customers(every)),
        cases={(row["dealer_id"], row["case_id"]): dict(row) for row in await _found(desk, _CASES, cases)},
        answers_due={
            (row["dealer_id"], row["case_id"]): row["due_at"]
            for row in await _found(desk, _ANSWERS_DUE, answered, now=desk.now)
        },
        tasks=tasks,
        offers_due={row["task_id"]: row["due_at"] for row in await _found(desk, _OFFERS_DUE, offered)},
        spoken=await load_all_spoken(desk, [one.key for one in written if one.notice.name == MESSAGE]),
        carried=carried,
    )


def _seeks_case(obligation: Obligation) -> bool:
    return bool(obligation.about.get("event_id")) and obligation.case_id is None


def _with_case(obligation: Obligation, routed: Mapping[str, str | None]) -> Obligation:
    event_id = obligation.about["event_id"]
    if event_id not in routed:
        return obligation
    about = {name: value for name, value in obligation.about.items() if name != "route_by"}
    return replace(obligation, case_id=routed[event_id], about=about)


def _customers(obligations: Sequence[Obligation]) -> set[CustomerKey]:
    named = {(one.dealer_id, one.recipient.customer_id) for one in obligations}
    named |= {(one.dealer_id, one.about.get("customer_id")) for one in obligations}
    return {(dealer_id, customer_id) for dealer_id, customer_id in named if customer_id is not None}


async def _load_carried(desk: Desk, obligations: Sequence[Obligation]) -> dict[str, Obligation]:
    ids = {name for one in obligations for name in one.about.get("carries") or ()}
    if not ids:
        return {}
    query = select(notification).where(notification.c.notification_id.in_(sorted(ids)))
    rows = (await desk.connection.execute(query)).mappings()
    return {row["notification_id"]: obligation_of(row) for row in rows}


async def _found(
    desk: Desk, query: Select[Any], wanted: Collection[tuple[str, str]], **given: datetime
) -> Sequence[RowMapping]:
    """The rows of a query by `pairs`; none where none are wanted."""
    return (await desk.connection.execute(query, {**pairs(wanted), **given})).mappings().all() if wanted else ()
