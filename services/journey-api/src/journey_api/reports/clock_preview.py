"""The running clocks that other hours, targets or chains would move, and where to."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from journey_api.http.pagination import Page
from journey_api.http.problems import Problem
from shared.calendar.business_time import CalendarExhausted
from shared.commands.migrate_clocks import Migration, apply_migrations, find_migrations
from shared.sla.policy.policy import Policies


class MovedClock(TypedDict):
    """A clock that would be due otherwise, or be told of otherwise.

    `would_be_due_at` equals `due_at` where only warnings or steps differ, and is null for a paused clock: it is due
    anew when it goes on.
    """

    timer_id: str
    rule: str
    case_id: str | None
    task_id: str | None
    due_at: datetime
    would_be_due_at: datetime | None


class MovedClocks(TypedDict):
    """A list of clocks, by id."""

    items: list[MovedClock]
    next_cursor: str | None


async def preview_migration(
    connection: AsyncConnection, dealer_id: str, policies: Policies, now: datetime, page: Page
) -> MovedClocks:
    """What `migrate_page` would move under these policies; nothing is written. Raises Problem as it does."""
    return _answer(await _find(connection, dealer_id, policies, now, page, page.limit + 1), page)


async def migrate_page(
    connection: AsyncConnection, dealer_id: str, policies: Policies, now: datetime, page: Page
) -> MovedClocks:
    """Migrate the next clocks, at most `page.limit`, under the locks of their customers; answers what was moved.

    Raises Problem 409 `calendar_exhausted` for a clock that could never be due.
    """
    found = await _find(connection, dealer_id, policies, now, page, page.limit + 1)
    answer = _answer(found, page)
    moved = await apply_migrations(connection, found[: page.limit], policies, now)
    return {"items": [_shown(one) for one in moved], "next_cursor": answer["next_cursor"]}


async def _find(
    connection: AsyncConnection, dealer_id: str, policies: Policies, now: datetime, page: Page, limit: int
) -> list[Migration]:
    key = page.key(str)
    try:
        return await find_migrations(connection, dealer_id, policies, now, after=key[0] if key else "", limit=limit)
    except CalendarExhausted as error:
        raise Problem(409, f"A running clock could never be due: {error}.", code="calendar_exhausted") from None


def _answer(found: Sequence[Migration], page: Page) -> MovedClocks:
    answer = page.answer(found, _shown, lambda one: (one.before.timer_id,))
    return {"items": answer["items"], "next_cursor": answer["next_cursor"]}


def _shown(one: Migration) -> MovedClock:
    timer = one.before
    return {
        "timer_id": timer.timer_id,
        "rule": timer.rule,
        "case_id": timer.case_id,
        "task_id": timer.task_id,
        "due_at": timer.due_at,
        "would_be_due_at": None if timer.state == "paused" else one.after.due_at,
    }
