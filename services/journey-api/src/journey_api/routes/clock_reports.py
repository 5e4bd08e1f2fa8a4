"""Operations: the clocks that run, and how the clocks of a period were kept."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.csv_export import AS_CSV, ExportDep
from journey_api.access.dependencies import NowDep, StackDep, TransactionDep, requires
from journey_api.cases.clock_history import ClockHistory
from journey_api.cases.clock_rows import load_timer, read_clock
from journey_api.feeds.cursor import encode_cursor
from journey_api.feeds.numbered_rows import heads
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.pagination import PageDep
from journey_api.http.periods import PeriodDep
from journey_api.http.problems import invalid, not_found
from journey_api.reports.clock_filter import TimerFilterDep
from journey_api.reports.clock_report import list_timers, timers_query
from journey_api.reports.clock_summary import MOST_KEYS, By, summarise, summary_item, summary_query
from journey_api.tasks.documents import load_language_code, load_language_codes
from shared.playbook.ruleset.texts import Texts
from shared.sla.store.documents import timer_document
from shared.sla.store.timers import timers_of_rows
from shared.sla.types import Timer

router = keyed_router("clocks")
_READING: Final = [Depends(requires("ops:read"))]
Text = Annotated[str | None, Query(max_length=200)]
TIMER_COLUMNS: Final = (
    "timer_id",
    "dealer_id",
    "customer_id",
    "case_id",
    "task_id",
    "rule",
    "name",
    "target",
    "subject",
    "subject_id",
    "cycle",
    "started_at",
    "due_at",
    "original_due_at",
    "state",
    "stopped_at",
    "breached_at",
    "owner.role",
    "owner.staff_id",
)
SUMMARY_COLUMNS: Final = ("dealer_id", "started", "met", "breached", "running", "attainment", "p50", "p90")


@router.get("/sla/timers", dependencies=_READING, response_model=dict[str, Any], responses=AS_CSV)
async def get_timers(
    stack: StackDep,
    connection: TransactionDep,
    page: PageDep,
    now: NowDep,
    asked: AskedLanguageDep,
    export: ExportDep,
    wanted: TimerFilterDep,
) -> dict[str, Any] | Response:
    """Timers by due time; `name` is what the rule is called, `feed_cursor` where the feed of clocks goes on."""
    texts = stack.playbook.texts
    if export.wanted:

        async def show(reader: AsyncConnection, rows: Any) -> list[dict[str, Any]]:
            return await _named(reader, await timers_of_rows(reader, rows), texts, asked)

        return await export.answer("timers", TIMER_COLUMNS, timers_query(wanted, now), show)
    positions = await heads(connection, "sla")
    rows = await list_timers(connection, wanted, page.instant_key(), page.limit, now)
    named = {timer["timer_id"]: timer for timer in await _named(connection, rows[: page.limit], texts, asked)}
    answer = page.answer(rows, lambda timer: named[timer.timer_id], _sort_key)
    shown = {d: p for d, p in positions.items() if wanted.dealer_id in (None, d)}
    return answer | {"feed_cursor": encode_cursor(shown)}


@router.get("/sla/timers/{timer_id}", dependencies=_READING)
async def get_timer(
    timer_id: str, connection: TransactionDep, stack: StackDep, asked: AskedLanguageDep, now: NowDep
) -> ClockHistory:
    """A timer with the reason of each change, who was told of it, its owners, and the arithmetic of its due time."""
    timer = await load_timer(connection, timer_id)
    if timer is None:
        raise not_found()
    language = await load_language_code(connection, timer.dealer_id, asked)
    return await read_clock(connection, stack.playbook.texts, language, timer, now)


@router.get("/sla/summary", dependencies=_READING, response_model=dict[str, Any], responses=AS_CSV)
async def get_summary(
    stack: StackDep,
    connection: TransactionDep,
    now: NowDep,
    asked: AskedLanguageDep,
    period: PeriodDep,
    export: ExportDep,
    dealer_id: Text = None,
    by: Annotated[list[By] | None, Query(description="What to group by: one or two (default: target).")] = None,
) -> dict[str, Any] | Response:
    """How clocks due in the period were kept; without bounds, all of them.

    With two `by` values `key` and `name` are arrays in the order asked. `dealer_id` stands where only one dealer's can
    be counted together.
    """
    keys = by or ["target"]
    if len(keys) > MOST_KEYS or len(set(keys)) != len(keys):
        raise invalid("?by", "given_twice", "One value, or two different ones")
    language = await load_language_code(connection, dealer_id or "", asked)

    if export.wanted:

        async def show(_: Any, rows: Any) -> list[dict[str, Any]]:
            return [summary_item(row, keys, stack.playbook, language) for row in rows]

        columns = [f"{part}{place}" for part in ("key", "name") for place in ([""] if len(keys) == 1 else [".0", ".1"])]
        query = summary_query(dealer_id, period, keys, now)
        return await export.answer("summary", (*columns, *SUMMARY_COLUMNS), query, show)
    rows = await summarise(connection, dealer_id, period, keys, now)
    return {"items": [summary_item(row, keys, stack.playbook, language) for row in rows], "next_cursor": None}


async def _named(
    connection: AsyncConnection, timers: Sequence[Timer], texts: Texts, asked: str | None
) -> list[dict[str, Any]]:
    """Timers with what their rules are called, in the language asked for, else their dealer's."""
    codes = await load_language_codes(connection, {timer.dealer_id for timer in timers}, asked)
    return [
        {**timer_document(timer), "name": texts.text("time_rules", timer.rule, codes[timer.dealer_id])}
        for timer in timers
    ]


def _sort_key(timer: Timer) -> tuple[str, str]:
    return timer.due_at.isoformat(), timer.timer_id
