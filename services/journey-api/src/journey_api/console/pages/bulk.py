"""`/board/bulk`: one action on many tasks, looked at before it is done, with an outcome for each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from journey_api.callbacks.forms import read_form
from journey_api.console.board_place import BoardPlace, read_place
from journey_api.console.pages.actions import back_to
from journey_api.console.refusal import refusal_of
from journey_api.console.task_forms import act, read_fields
from journey_api.console.task_rows import TaskRow, load_rows
from journey_api.console.visit import Visit, page
from journey_api.http.problems import Problem, invalid
from shared.commands.change_task import load_tasks
from shared.db.engine import lock_keys, record_key
from shared.vocabulary import ROLES

BULK_ACTIONS: Final = ("accept", "acknowledge", "decline", "wait", "resume", "complete", "reassign")
MOST_CHOSEN: Final = 100


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of the tasks: whether the action is possible or was done, and why not."""

    row: TaskRow
    possible: bool
    done: bool
    why: str


@page("tasks:write")
async def act_on_many(visit: Visit) -> Response:
    """Show what the action would do to each chosen task; with `confirm` do it, each for itself."""
    pairs = await read_form(visit.request)
    fields = read_fields(pairs)
    visit = await visit.at(fields.get("dealer_id", ""))
    action = fields.get("action", "")
    if action not in BULK_ACTIONS:
        raise invalid("/action", "unknown_id", "is not an action for many")
    place = await read_place(visit, {**fields, "as": fields.get("staff_id", "")})
    ids = list(dict.fromkeys(value for name, value in pairs if name == "task_id"))[:MOST_CHOSEN]
    confirmed = "confirm" in fields
    chosen = await (_carry_out if confirmed else _look)(visit, place, ids, action, fields)
    names = visit.stack.playbook.texts
    return visit.render(
        "bulk.html",
        "board",
        chosen=chosen,
        action=action,
        confirmed=confirmed,
        possible=sum(one.possible for one in chosen),
        done=sum(one.done for one in chosen),
        fields=defaultdict(str, fields),
        place=place,
        back=fields.get("back") or back_to(visit),
        roles=[(role, names.text("roles", role, visit.viewer.language)) for role in ROLES],
    )


async def _rows(visit: Visit, place: BoardPlace, ids: Sequence[str]) -> list[TaskRow]:
    found = await load_tasks(visit.connection, ids)
    own = [found[one] for one in ids if one in found and found[one].dealer_id == place.dealer_id]
    return await load_rows(visit, own, place.actor)


async def _look(
    visit: Visit, place: BoardPlace, ids: Sequence[str], action: str, fields: Mapping[str, str]
) -> list[Chosen]:
    impossible = visit.texts.text("board.bulk.impossible")
    return [
        Chosen(row, action in row.actions, done=False, why="" if action in row.actions else impossible)
        for row in await _rows(visit, place, ids)
    ]


async def _carry_out(
    visit: Visit, place: BoardPlace, ids: Sequence[str], action: str, fields: Mapping[str, str]
) -> list[Chosen]:
    """Each in a savepoint of its own; all the customers' locks are taken first, in one order."""
    before = await _rows(visit, place, ids)
    await lock_keys(visit.connection, [record_key(place.dealer_id, row.task.customer_id) for row in before])
    given = {name: value for name, value in fields.items() if name != "version"}
    refused: dict[str, str] = {}
    for row in before:
        try:
            async with visit.connection.begin_nested():
                await act(visit, row.task, action, given)
        except Problem as problem:
            task = (await load_tasks(visit.connection, [row.task.task_id]))[row.task.task_id]
            refused[row.task.task_id] = refusal_of(visit, problem, action, task, place.people).detail
    after = await _rows(visit, place, ids)
    return [
        Chosen(row, possible=True, done=row.task.task_id not in refused, why=refused.get(row.task.task_id, ""))
        for row in after
    ]
