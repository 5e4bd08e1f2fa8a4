"""`/board/…` by POST: what people do to tasks, to suggestions, to many tasks at once, and to their own presence."""

from collections.abc import Mapping
from typing import Any, Final, cast, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import Response

from journey_api.callbacks.forms import read_form
from journey_api.console import task_forms
from journey_api.console.page import see_other
from journey_api.console.pages.board import board_page
from journey_api.console.pages.tasks import task_page
from journey_api.console.refusal import refusal_of
from journey_api.console.task_forms import ACTIONS, act, read_fields, start_from_form
from journey_api.console.visit import Visit, page
from journey_api.http.problems import Problem, invalid, not_found
from journey_api.promises.actions import Action
from journey_api.routes.me import change_presence
from journey_api.routes.tasks import find_task
from shared.lifecycle import Task
from shared.people.staff import directory

_PROMISE_ACTIONS: Final = get_args(Action)
_PRESENCES: Final = ("present", "away", "off")
_ONCE: Final = frozenset({"do", "entry"})
"""What of an address is over once the action is done."""


@page("tasks:write")
async def act_on_task(visit: Visit) -> Response:
    """Do what the form says and go back to the page it came from; a refusal shows that page with why."""
    params = visit.request.path_params
    if params["action"] not in ACTIONS:
        raise not_found()
    task = await find_task(visit.connection, params["task_id"])
    visit = await visit.at(task.dealer_id)
    pairs, fields = await read_form(visit.request), dict[str, str]()
    try:
        fields = read_fields(pairs)
        async with visit.connection.begin_nested():
            await act(visit, task, params["action"], fields)
    except Problem as problem:
        return await _refused(visit, problem, task, params["action"], fields)
    return see_other(back_to(visit))


@page("tasks:write")
async def act_on_promise(visit: Visit) -> Response:
    """Keep, move or withdraw a promise from the page of a task of its case, and go back to it."""
    params = visit.request.path_params
    if params["action"] not in _PROMISE_ACTIONS:
        raise not_found()
    task = await find_task(visit.connection, params["task_id"])
    visit = await visit.at(task.dealer_id)
    pairs, fields = await read_form(visit.request), dict[str, str]()
    try:
        fields = read_fields(pairs)
        async with visit.connection.begin_nested():
            await task_forms.act_on_promise(visit, params["promise_id"], cast(Any, params["action"]), fields)
    except Problem as problem:
        return await _refused(visit, problem, task, f"{params['action']}-{params['promise_id']}", fields)
    return see_other(back_to(visit))


@page("tasks:write")
async def start_handoff(visit: Visit) -> Response:
    """Take up a suggestion of the board, the fact it lacked with it."""
    fields = read_fields(await read_form(visit.request))
    visit = await visit.at(fields.get("dealer_id", ""))
    try:
        async with visit.connection.begin_nested():
            await start_from_form(visit, fields["dealer_id"], fields, {})
    except Problem as problem:
        refusal = refusal_of(visit, problem, "suggestion")
        return await board_page(visit, _board_query(visit), refusal, fields)
    return see_other(back_to(visit))


@page()
async def set_presence(visit: Visit) -> Response:
    """Say whether one is at work. 403 for a key without a person."""
    presence = dict(await read_form(visit.request)).get("presence")
    if presence not in _PRESENCES:
        raise invalid("/presence", "unknown_id", "is present, away or off")
    await change_presence(
        visit.connection, visit.stack.playbook, visit.viewer.principal, cast(Any, presence), visit.now
    )
    return see_other(back_to(visit))


async def _refused(visit: Visit, problem: Problem, task: Task, action: str, typed: Mapping[str, str]) -> Response:
    """The page the form came from, with the task as it is now."""
    now = await find_task(visit.connection, task.task_id)
    people = await directory(visit.connection, task.dealer_id)
    refusal = refusal_of(visit, problem, action, now, people)
    query = _board_query(visit)
    if urlsplit(visit.request.headers.get("referer", "")).path != "/board":
        return await task_page(visit, now, _with_person(query, typed), refusal, typed)
    return await board_page(visit, {**query, "task": task.task_id}, refusal, typed)


def back_to(visit: Visit) -> str:
    """The page of ours that a form came from, without what was to be done there; else the board."""
    parts = urlsplit(visit.request.headers.get("referer", ""))
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in _ONCE])
    return (f"{parts.path}?{query}" if query else parts.path) or "/board"


def _board_query(visit: Visit) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(visit.request.headers.get("referer", "")).query))


def _with_person(query: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    return {"as": typed.get("staff_id", ""), **query}
