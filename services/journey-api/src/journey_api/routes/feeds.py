"""The live feeds of tasks and of clocks, as Server-Sent Events."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from starlette.responses import Response

from journey_api.access.app_state import stack_of
from journey_api.access.authenticated_route import TicketRoute, is_still_allowed, keyed_router
from journey_api.access.dependencies import MineDep, requires
from journey_api.feeds.cursor import BadCursor, decode_cursor
from journey_api.feeds.filters import Match, match_tasks, match_timers, sla_event
from journey_api.feeds.numbered_rows import FeedRow, Stream
from journey_api.feeds.stream import CursorGone, EventStream, Feed, Heartbeat, Render
from journey_api.http.auth import Principal
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.problems import Problem, invalid, not_found
from journey_api.reports.clock_filter import TimerFilterDep
from journey_api.tasks.filters import TaskFiltersDep
from shared.playbook.ruleset.entries import Playbook
from shared.tasks.documents import show_record

router = keyed_router("feeds", TicketRoute)
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=20_000)]
Cursor = Annotated[str | None, Query(max_length=20_000)]
Ticket = Annotated[str | None, Query(max_length=200, description="In place of a key: `POST /v1/feed-tickets`.")]
Beat = Annotated[
    Heartbeat,
    Query(
        description="What comes after 15 seconds without a record: a comment, or `event: heartbeat` for browsers, "
        "whose `EventSource` shows no comments."
    ),
]


@router.get("/tasks/feed", responses={410: {"description": "The cursor is past retention"}})
async def follow_tasks(
    request: Request,
    principal: Annotated[Principal, Depends(requires("tasks:read"))],
    wanted: TaskFiltersDep,
    mine: MineDep,
    asked: AskedLanguageDep,
    cursor: Cursor = None,
    heartbeat: Beat = "comment",
    ticket: Ticket = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Every change of the tasks that match before or after it; from now, or from a cursor without gap or repeat."""
    (dealer_id,) = wanted.pop("dealer_id", [None])
    shown = (asked or "", _task_renderer(stack_of(request).playbook, asked))
    return await _follow(
        request, principal, "task", dealer_id, match_tasks(wanted, mine), shown, last_event_id or cursor, heartbeat
    )


@router.get("/sla/feed", responses={410: {"description": "The cursor is past retention"}})
async def follow_clocks(
    request: Request,
    principal: Annotated[Principal, Depends(requires("ops:read"))],
    wanted: TimerFilterDep,
    cursor: Cursor = None,
    heartbeat: Beat = "comment",
    ticket: Ticket = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Warnings, breaches, clocks met and escalations as they happen; resumes like the task feed."""
    shown = ("", _render_clock)
    return await _follow(
        request, principal, "sla", wanted.dealer_id, match_timers(wanted), shown, last_event_id or cursor, heartbeat
    )


async def _follow(
    request: Request,
    principal: Principal,
    stream: Stream,
    dealer_id: str | None,
    match: Match,
    shown: tuple[str, Render],
    cursor: str | None,
    heartbeat: Heartbeat,
) -> Response:
    """`shown`: how a row is rendered, and a name for it."""
    if dealer_id is not None and not principal.sees(dealer_id):
        raise not_found()
    dealers = frozenset({dealer_id}) if dealer_id is not None else principal.dealers
    stack = stack_of(request)
    still_allowed = partial(is_still_allowed, request, principal)
    feed = Feed(stack.database, stack.hub, stream, dealers, match, *shown, still_allowed, heartbeat)
    try:
        await feed.start_from(decode_cursor(cursor) if cursor else None)
    except BadCursor as error:
        raise invalid("?cursor", "unknown_cursor", "Not a cursor of this feed") from error
    except CursorGone as error:
        snapshot = "/v1/tasks" if stream == "task" else "/v1/sla/timers"
        detail = f"The records after this cursor are no longer kept: read {snapshot} and go on from its feed_cursor."
        raise Problem(410, detail, code="cursor_gone", headers={"Link": f'<{snapshot}>; rel="snapshot"'}) from error
    return EventStream(feed)


def _task_renderer(playbook: Playbook, language: str | None) -> Render:
    return lambda row: ("task", show_record(playbook, row.data, language))


def _render_clock(row: FeedRow) -> tuple[str, Mapping[str, Any]]:
    return sla_event(row.type), row.data
