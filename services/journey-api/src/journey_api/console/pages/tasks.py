"""`/tasks/{task_id}` alone, and the forms by which people act on tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pydantic import ValidationError
from starlette.responses import Response

from journey_api.access.dependencies import acting_person
from journey_api.callbacks.forms import read_form
from journey_api.console.page import see_other
from journey_api.console.panel import load_panel
from journey_api.console.visit import Visit, page
from journey_api.http.problems import Problem, not_found
from journey_api.routes.tasks import ActionBody, find_task, hold_task
from shared.commands.change_task import act_within
from shared.lifecycle import PERSON_ACTIONS, Command, Invalid, Refused, Task
from shared.tasks.unit_of_work import TaskChanges
from shared.vocabulary import ROLES

_FIELDS: Final = ("staff_id", "reason", "outcome", "until", "to_staff_id", "to_role", "note")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action was refused, for the page that says so."""

    status: int
    code: str
    detail: str


@page("tasks:read")
async def show_task(visit: Visit) -> Response:
    """A task alone: for phones, shared links and print."""
    return await task_page(visit, await find_task(visit.connection, visit.request.path_params["task_id"]))


@page("tasks:write")
async def act_on_task(visit: Visit) -> Response:
    """Do what the form says, and go back to the page it came from; a refusal shows the task as it is now, with why."""
    params = visit.request.path_params
    if params["action"] not in PERSON_ACTIONS:
        raise not_found()
    fields = {name: value for name, value in await read_form(visit.request) if value}
    try:
        async with visit.connection.begin_nested():
            await _carry_out(visit, params["task_id"], params["action"], fields)
    except Problem as problem:
        refusal = Refusal(problem.status_code, problem.code or "refused", problem.detail)
        task = await find_task(visit.connection, params["task_id"])
        return await task_page(visit, task, refusal, fields)
    return see_other(_referer(visit) or "/board")


async def task_page(
    visit: Visit, task: Task, refusal: Refusal | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    """The page of a task, after a refusal with what was typed."""
    person = visit.viewer.me.staff.staff_id if visit.viewer.me.staff else (typed or {}).get("staff_id")
    panel = await load_panel(visit, task, person or visit.request.query_params.get("as"))
    return visit.render(
        "task.html",
        "board",
        status=refusal.status if refusal else 200,
        panel=panel,
        person=person,
        refusal=refusal,
        typed=typed or {},
        doing=visit.request.query_params.get("do"),
        roles=[(role, visit.stack.playbook.texts.text("roles", role, visit.viewer.language)) for role in ROLES],
    )


async def _carry_out(visit: Visit, task_id: str, action: str, fields: Mapping[str, str]) -> None:
    body = _read(fields)
    task = await hold_task(visit.connection, task_id)
    changes = TaskChanges(visit.connection, visit.now)
    people = await changes.directory(task.dealer_id)
    actor = acting_person(visit.viewer.principal, people, body.staff_id)
    if body.to_staff_id is not None and body.to_staff_id not in people.colleagues:
        raise Problem(422, visit.texts.text("task.refused.nobody"), code="nobody")
    if fields.get("version") not in (None, str(task.version)):
        raise Problem(412, visit.texts.text("task.refused.stale"), code="stale")
    command = Command(action=cast(Any, action), **body.model_dump(exclude={"staff_id"}))
    try:
        await act_within(changes, task, command, actor)
    except Refused as refused:
        raise Problem(409, refused.detail, code=refused.code) from refused
    except Invalid as wrong:
        raise Problem(422, wrong.detail, code="invalid") from wrong
    await changes.publish()


def _read(fields: Mapping[str, str]) -> ActionBody:
    try:
        return ActionBody.model_validate({name: fields[name] for name in _FIELDS if name in fields})
    except ValidationError as error:
        first = error.errors()[0]
        raise Problem(422, f"{'/'.join(map(str, first['loc']))}: {first['msg']}", code="invalid") from error


def _referer(visit: Visit) -> str | None:
    """The page of ours that a form came from."""
    parts = urlsplit(visit.request.headers.get("referer", ""))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or None
