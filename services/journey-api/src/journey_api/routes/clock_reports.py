"""Operations: the clocks that run, and how the promises of a period were kept."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import AwareDatetime

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, StackDep, TransactionDep, requires
from journey_api.cases.clock_history import ClockHistory
from journey_api.cases.clock_rows import load_timer, read_clock
from journey_api.feeds.cursor import encode_cursor
from journey_api.feeds.rows import heads
from journey_api.http.pagination import PageDep
from journey_api.http.problems import not_found
from journey_api.reports.clock_report import By, TimerFilter, list_timers, summarise
from journey_api.routes.timelines import TimelineLanguageDep
from shared.sla.store.documents import timer_document
from shared.sla.types import Timer

router = keyed_router("clocks")
Text = Annotated[str | None, Query(max_length=200)]
Several = Annotated[list[str] | None, Query(max_length=200)]


@router.get("/sla/timers", dependencies=[Depends(requires("ops:read"))])
async def get_timers(
    connection: TransactionDep,
    page: PageDep,
    now: NowDep,
    dealer_id: Text = None,
    customer_id: Text = None,
    case_id: Text = None,
    task_id: Text = None,
    owner_role: Text = None,
    owner: Text = None,
    target: Several = None,
    rule: Several = None,
    state: Annotated[list[Literal["running", "paused", "completed", "cancelled"]] | None, Query()] = None,
    breached: bool | None = None,
    due_before: AwareDatetime | None = None,
    due_after: AwareDatetime | None = None,
) -> dict[str, Any]:
    """Timers by due time; `feed_cursor` is where the feed of clocks goes on from this list."""
    positions = await heads(connection, "sla")
    wanted = TimerFilter(
        dealer_id,
        customer_id=customer_id,
        case_id=case_id,
        task_id=task_id,
        owner=owner,
        owner_role=owner_role,
        target=target,
        rule=rule,
        state=state,
        breached=breached,
        due_before=due_before,
        due_after=due_after,
    )
    rows = await list_timers(connection, wanted, page.instant_key(), page.limit, now)
    answer = page.answer(rows, timer_document, _sort_key)
    shown = {d: p for d, p in positions.items() if dealer_id in (None, d)}
    return answer | {"feed_cursor": encode_cursor(shown)}


@router.get("/sla/timers/{timer_id}", dependencies=[Depends(requires("ops:read"))])
async def get_timer(
    timer_id: str, connection: TransactionDep, stack: StackDep, language: TimelineLanguageDep, now: NowDep
) -> ClockHistory:
    """A timer with the reason of each change, who was told of it, its owners, and the arithmetic of its due time."""
    timer = await load_timer(connection, timer_id)
    if timer is None:
        raise not_found()
    return await read_clock(connection, stack.playbook.texts, language, timer, now)


@router.get("/sla/summary", dependencies=[Depends(requires("ops:read"))])
async def get_summary(
    connection: TransactionDep,
    now: NowDep,
    dealer_id: Text = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    by: By = "target",
) -> dict[str, Any]:
    """How promises due in [from, to) were kept; without bounds, all of them."""
    items = await summarise(connection, dealer_id, since, until, by, now)
    return {"items": items, "next_cursor": None}


def _sort_key(timer: Timer) -> tuple[str, str]:
    return timer.due_at.isoformat(), timer.timer_id
