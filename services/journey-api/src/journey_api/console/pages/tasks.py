"""`/tasks/{task_id}` alone: for phones, shared links and print."""

from collections.abc import Mapping

from starlette.responses import Response

from journey_api.console.board_place import BoardPlace, acting
from journey_api.console.pages.board import panel_values
from journey_api.console.refusal import Refusal
from journey_api.console.visit import Visit, page
from journey_api.routes.tasks import find_task
from shared.lifecycle import Task
from shared.people.staff import directory
from shared.vocabulary import ROLES


@page("tasks:read")
async def show_task(visit: Visit) -> Response:
    """A task alone."""
    task = await find_task(visit.connection, visit.request.path_params["task_id"])
    return await task_page(await visit.at(task.dealer_id), task, visit.request.query_params)


async def task_page(
    visit: Visit,
    task: Task,
    query: Mapping[str, str],
    refusal: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """The page of a task at its dealer; after a refusal with why, and with what was typed."""
    people = await directory(visit.connection, task.dealer_id)
    place = BoardPlace(task.dealer_id, task.to_role, acting(visit, people, task.to_role, query), people, query)
    names, language = visit.stack.playbook.texts, visit.viewer.language
    values = await panel_values(visit, place, task, refusal, typed)
    return visit.render(
        "task.html",
        "board",
        status=refusal.status if refusal else 200,
        **values | {"heading": "h1"},
        person=place.person,
        address=place.address,
        may_write=visit.viewer.principal.may(["tasks:write"]),
        roles=[(role, names.text("roles", role, language)) for role in ROLES],
    )
