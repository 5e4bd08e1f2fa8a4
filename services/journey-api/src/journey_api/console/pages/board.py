"""`/board`: what a role has to do, lane by lane, and the task in hand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from journey_api.console.board_place import SORT_COOKIE, VIEW_COOKIE, BoardPlace, read_place
from journey_api.console.day_line import draw_day
from journey_api.console.fact_fields import FactField, choices_of
from journey_api.console.fact_words import fact_value
from journey_api.console.lede import board_lede, calendars_of, count_board, said
from journey_api.console.page import remember
from journey_api.console.panel import Panel, load_panel
from journey_api.console.refusal import Refusal
from journey_api.console.suggested_rows import load_suggestions
from journey_api.console.task_rows import LANES, SORTS, Lane, TaskRow, load_rows, start_of_day
from journey_api.console.visit import Visit, page
from journey_api.feeds.cursor import encode_cursor
from journey_api.feeds.numbered_rows import heads
from journey_api.tasks.queries import list_role_tasks
from shared.channels.registry import customer_channels
from shared.commands.change_task import load_tasks
from shared.lifecycle import Task
from shared.messaging.field_types import each_once
from shared.vocabulary import EVENT_CHANNELS, ROLES

MOST_TASKS: Final = 500
_MINE: Final = ("offers", "mine", "waiting")


@page("tasks:read")
async def show_board(visit: Visit) -> Response:
    """The board of a role at a dealer; a sort and a view that the address names are remembered."""
    query = visit.request.query_params
    response = await board_page(visit, query)
    if query.get("sort") in SORTS:
        remember(response, SORT_COOKIE, query["sort"])
    if query.get("view") in ("", *LANES):
        remember(response, VIEW_COOKIE, query["view"])
    return response


@page("tasks:read")
async def show_changes(visit: Visit) -> Response:
    """The rows of some tasks (`id`) as they are now, the suggestions, and the task in hand where it is among them.

    A task that is not answered has left the board; of one that somebody else has taken it says who. What the board says
    of all tasks leaves out those whose action the browser still holds back (`away`).
    """
    place = await read_place(visit, visit.request.query_params)
    tasks = (await load_tasks(visit.connection, _ids(visit, "id"))).values()
    counts = await count_board(visit, place, _ids(visit, "away"))
    own = [task for task in tasks if (task.dealer_id, task.to_role) == (place.dealer_id, place.role)]
    rows = await load_rows(visit, own, place.actor, place.sort)
    chosen = next((task for task in tasks if task.task_id == place.query.get("task")), None)
    return visit.render(
        "changes.html",
        rows=[row for row in rows if row.lane],
        gone=[row for row in rows if not row.lane and row.task.assignee_id],
        lede=board_lede(visit, place, counts, calendars_of(visit, place)),
        others=counts["others"],
        suggestions=await load_suggestions(visit, place.dealer_id, place.role),
        **await panel_values(visit, place, chosen),
        **_place_values(visit, place),
    )


def _ids(visit: Visit, name: str) -> list[str]:
    return [one for one in visit.request.query_params.getlist(name)[:MOST_TASKS] if "\x00" not in one]


async def board_page(
    visit: Visit, query: Mapping[str, str], refusal: Refusal | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    """The board of an address; after a refusal with why, and with what was typed."""
    place = await read_place(visit, query)
    positions = await heads(visit.connection, "task")
    since = start_of_day(visit.now, visit)
    tasks = await list_role_tasks(visit.connection, place.dealer_id, place.role, since, MOST_TASKS)
    rows = sorted(await load_rows(visit, tasks, place.actor, place.sort), key=lambda row: row.order)
    suggestions = await load_suggestions(visit, place.dealer_id, place.role)
    lanes = {lane: [row for row in rows if row.lane == lane] for lane in LANES}
    counts, calendars = await count_board(visit, place), calendars_of(visit, place)
    chosen = _in_hand(tasks, lanes, place)
    mine = [row.clock for lane in _MINE for row in lanes[lane] if row.clock] if place.actor else []
    return visit.render(
        "board.html",
        "board",
        status=refusal.status if refusal else 200,
        lede=board_lede(visit, place, counts, calendars),
        said=lambda name: visit.texts.text(said(visit, place, name)),
        day=draw_day(calendars, mine, visit.now, visit.viewer.language),
        lanes=_shown(lanes, place.view),
        suggestions=suggestions,
        others=counts["others"],
        holders=place.holders(),
        view=place.view,
        sort=place.sort,
        sorts=SORTS,
        presence=visit.viewer.me.staff.presence if visit.viewer.me.staff else None,
        cursor=encode_cursor({place.dealer_id: positions.get(place.dealer_id, 0)}),
        **await panel_values(visit, place, chosen, refusal, typed),
        **_place_values(visit, place),
    )


def _in_hand(tasks: Sequence[Task], lanes: Mapping[Lane, Sequence[TaskRow]], place: BoardPlace) -> Task | None:
    """The task of the address; without one the first there is to do."""
    if wanted := place.query.get("task"):
        return next((task for task in tasks if task.task_id == wanted), None)
    shown = (rows for lane, rows in _shown(lanes, place.view).items() if lane != "completed")
    return next((row.task for rows in shown for row in rows), None)


async def panel_values(
    visit: Visit,
    place: BoardPlace,
    task: Task | None,
    refusal: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What the templates of a task in hand are given; `panel` None without one."""
    panel = await load_panel(visit, task, place.actor, place.people) if task else None
    return {
        "panel": panel,
        "selected": task.task_id if task else None,
        "facts": fact_fields(panel, visit) if panel else [],
        "fields_of": lambda one: fields_of(dict(one.missing), visit),
        "refusal": refusal,
        "typed": defaultdict(str, typed or {}),
        "blank": defaultdict(str),
        "doing": refusal.action if refusal else place.query.get("do"),
        "entry": place.query.get("entry"),
        "heading": "h2",
        "channels": each_once(EVENT_CHANNELS, customer_channels()),
        "opened_at": visit.now.isoformat(),
    }


def fact_fields(panel: Panel, visit: Visit) -> list[FactField]:
    """The facts whose lack keeps the task's suggestions from being handoffs, as fields."""
    missing = {path: name for one in panel.suggestions for path, name in one.missing}
    return fields_of(missing, visit)


def fields_of(missing: Mapping[str, str], visit: Visit) -> list[FactField]:
    """Facts by path and name as fields of a form."""
    return [FactField(path, f"facts[{path}]", name, _values(visit, path)) for path, name in missing.items()]


def _values(visit: Visit, path: str) -> tuple[tuple[str, str], ...]:
    truths = {"true": True, "false": False}
    return tuple((one, fact_value(visit, truths.get(one, one))) for one in choices_of(path))


def _place_values(visit: Visit, place: BoardPlace) -> dict[str, Any]:
    names = visit.stack.playbook.texts
    language = visit.viewer.language
    return {
        "dealer_id": place.dealer_id,
        "role": place.role,
        "role_name": names.text("roles", place.role, language),
        "roles": [(one, names.text("roles", one, language)) for one in ROLES],
        "person": place.person,
        "bound": visit.viewer.me.staff is not None,
        "may_write": visit.viewer.principal.may(["tasks:write"]),
        "address": place.address,
        "all_lanes": LANES,
    }


def _shown(lanes: Mapping[Lane, Sequence[TaskRow]], view: str) -> dict[Lane, Sequence[TaskRow]]:
    return {lane: rows for lane, rows in lanes.items() if view in ("", lane)}
