"""What the words of notifications rest on: the names and instants that rows and records never hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, Select, bindparam, func, select

from notifier.context import NotifierContext, Record
from notifier.notifications.request import NotificationRequest, request_from_row
from notifier.notifications.staff_text_rows import load_staff_texts
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import journey_case, notification, routing, sla_timer
from shared.ids import CaseKey, CustomerKey
from shared.lifecycle import Task
from shared.people.template_overrides import Wordings, load_wordings
from shared.playbook.ruleset.entries import Playbook
from shared.tasks.store import load_tasks
from shared.vocabulary import MESSAGE

_TIMERS: Final = sla_timer.c
_CASES: Final = select(
    journey_case.c.dealer_id,
    journey_case.c.case_id,
    journey_case.c.owner_role,
    journey_case.c.owner_staff_id,
    journey_case.c.vehicle,
).where(in_keys(journey_case.c.dealer_id, journey_case.c.case_id))
_ANSWERS_DUE: Final = (
    select(_TIMERS.dealer_id, _TIMERS.case_id, func.min(_TIMERS.due_at).label("due_at"))
    .where(in_keys(_TIMERS.dealer_id, _TIMERS.case_id), _TIMERS.target == "first_response", _TIMERS.state == "running")
    .where(_TIMERS.due_at > bindparam("now", type_=_TIMERS.due_at.type))
    .group_by(_TIMERS.dealer_id, _TIMERS.case_id)
)
_OFFERS_DUE: Final = select(_TIMERS.task_id, _TIMERS.due_at).where(
    in_keys(_TIMERS.dealer_id, _TIMERS.task_id), _TIMERS.target == "acceptance", _TIMERS.state == "running"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateData:
    """What some obligations refer to, read together. What is not there is missing.

    `dealers` and `staff` by dealer, `customers` and `cases` by dealer and id, `answers_due` by case (when the running
    clock of the first answer is due, unless that has passed: nobody is promised it), `tasks` and `offers_due` (when the
    running offer runs out) by task, `staff_texts` (a person's own words) by key, `carried` by notification; `wordings`
    are the dealers' own.
    """

    playbook: Playbook
    dealers: Mapping[str, Record]
    staff: Mapping[str, Mapping[str, Record]]
    customers: Mapping[CustomerKey, Record]
    cases: Mapping[CaseKey, Mapping[str, Any]]
    answers_due: Mapping[CaseKey, datetime]
    tasks: Mapping[str, Task]
    offers_due: Mapping[str, datetime]
    staff_texts: Mapping[str, RowMapping]
    carried: Mapping[str, NotificationRequest]
    wordings: Wordings


async def resolve_cases(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[NotificationRequest]:
    """The obligations with the cases of their events, of those that are routed; the others keep waiting for none."""
    wanted = {one.about["event_id"] for one in requests if _awaits_case(one)}
    if not wanted:
        return list(requests)
    query = select(routing.c.event_id, routing.c.case_id).where(routing.c.event_id.in_(sorted(wanted)))
    routed = {row.event_id: row.case_id for row in await context.connection.execute(query)}
    return [_resolve_case(one, routed) if _awaits_case(one) else one for one in requests]


async def load_template_data(
    context: NotifierContext, requests: Sequence[NotificationRequest], pinned: Collection[str]
) -> TemplateData:
    """Everything the words of these obligations may need, and of those they carry. Raises LookupError: no dealer.

    `pinned`: the versions of wordings that some of them were put into before.
    """
    carried = await _load_carried(context, requests)
    every = [*requests, *carried.values()]
    dealers = sorted({one.dealer_id for one in every})
    tasks = await load_tasks(context.connection, {one.task_id for one in every if one.task_id is not None})
    cases = {(one.dealer_id, one.case_id) for one in every if one.case_id is not None}
    offered = {(task.dealer_id, task.task_id) for task in tasks.values()}
    written = [one for one in every if one.recipient.customer_id is not None]
    answered = {(one.dealer_id, one.case_id) for one in written if one.case_id is not None}
    return TemplateData(
        playbook=context.config.playbook,
        dealers={dealer_id: await context.dealer(dealer_id) for dealer_id in dealers},
        staff={dealer_id: await context.staff(dealer_id) for dealer_id in dealers},
        customers=await context.customers(_customers(every)),
        cases={(row["dealer_id"], row["case_id"]): dict(row) for row in await _found(context, _CASES, cases)},
        answers_due={
            (row["dealer_id"], row["case_id"]): row["due_at"]
            for row in await _found(context, _ANSWERS_DUE, answered, now=context.now)
        },
        tasks=tasks,
        offers_due={row["task_id"]: row["due_at"] for row in await _found(context, _OFFERS_DUE, offered)},
        staff_texts=await load_staff_texts(
            context, [one.key for one in written if one.notification_type.name == MESSAGE]
        ),
        carried=carried,
        wordings=await load_wordings(context.connection, dealers, pinned=pinned),
    )


def _awaits_case(request: NotificationRequest) -> bool:
    return bool(request.about.get("event_id")) and request.case_id is None


def _resolve_case(request: NotificationRequest, routed: Mapping[str, str | None]) -> NotificationRequest:
    event_id = request.about["event_id"]
    if event_id not in routed:
        return request
    about = {name: value for name, value in request.about.items() if name != "route_by"}
    return replace(request, case_id=routed[event_id], about=about)


def _customers(requests: Sequence[NotificationRequest]) -> set[CustomerKey]:
    named = {(one.dealer_id, one.recipient.customer_id) for one in requests}
    named |= {(one.dealer_id, one.about.get("customer_id")) for one in requests}
    return {(dealer_id, customer_id) for dealer_id, customer_id in named if customer_id is not None}


async def _load_carried(
    context: NotifierContext, requests: Sequence[NotificationRequest]
) -> dict[str, NotificationRequest]:
    ids = {name for one in requests for name in one.about.get("carries") or ()}
    if not ids:
        return {}
    query = select(notification).where(notification.c.notification_id.in_(sorted(ids)))
    rows = (await context.connection.execute(query)).mappings()
    return {row["notification_id"]: request_from_row(row) for row in rows}


async def _found(
    context: NotifierContext, query: Select[Any], wanted: Collection[tuple[str, str]], **given: datetime
) -> Sequence[RowMapping]:
    """The rows of a query by `unnest_keys`; none where none are wanted."""
    return (
        (await context.connection.execute(query, {**unnest_keys(wanted), **given})).mappings().all() if wanted else ()
    )
