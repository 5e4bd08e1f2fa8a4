"""Tasks: lists, one with its history, and what people do to them."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.csv_export import AS_CSV, ExportDep
from journey_api.access.dependencies import (
    MineDep,
    NowDep,
    PrincipalDep,
    StackDep,
    TransactionDep,
    acting_person,
    requires,
)
from journey_api.feeds.cursor import encode_cursor
from journey_api.feeds.numbered_rows import heads
from journey_api.http.auth import Principal
from journey_api.http.etags import Expected, IfMatchDep, etag
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.pagination import PageDep
from journey_api.http.problems import Problem, not_found
from journey_api.reference.named_people import unknown_person
from journey_api.tasks.action_body import ActionBody
from journey_api.tasks.documents import TASK_COLUMNS, Reader, show_tasks
from journey_api.tasks.filters import TaskFiltersDep
from journey_api.tasks.queries import Order, Sort, list_tasks, tasks_query
from journey_api.tasks.search import found_by
from shared.commands import change_task as tasks
from shared.lifecycle import PERSON_ACTIONS, Command, Invalid, Refused, Task
from shared.people.staff import Directory
from shared.tasks.store import TaskNotFound, history_item, history_rows, task_of
from shared.tasks.unit_of_work import TaskChanges

router = keyed_router("tasks")
Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
ANY_VERSION: Final = Expected(None)
_WORDS: Final = "Words of title, customer, plate, VIN or case."
_READING: Final = [Depends(requires("tasks:read"))]
_WRITING: Final = [Depends(requires("tasks:write"))]


def read_reader(principal: PrincipalDep, stack: StackDep, asked: AskedLanguageDep) -> Reader:
    """Who reads the answer of a request."""
    return Reader(principal, stack.playbook, asked)


ReaderDep = Annotated[Reader, Depends(read_reader)]


@router.get("/tasks", dependencies=_READING, response_model=dict[str, Any], responses=AS_CSV)
async def get_tasks(
    reader: ReaderDep,
    connection: TransactionDep,
    page: PageDep,
    now: NowDep,
    wanted: TaskFiltersDep,
    export: ExportDep,
    mine: MineDep,
    overdue: Annotated[bool, Query(description="Only those of which a clock is past its due second")] = False,
    words: Annotated[str | None, Query(alias="query", max_length=200, description=_WORDS)] = None,
    sort: Sort = "priority",
) -> dict[str, Any] | Response:
    """Tasks by priority and due time, or as sorted; `feed_cursor` is where the feed goes on from this list."""
    order = Order(sort)
    query = tasks_query(wanted, order, person=mine, overdue_at=now if overdue else None)
    if words and not words.isspace():
        query = query.where(found_by(reader.playbook, words, reader.language))
    if export.wanted:

        async def show(connection: AsyncConnection, rows: Sequence[Any]) -> list[dict[str, Any]]:
            return await show_tasks(connection, [task_of(row) for row in rows], reader, now)

        return await export.answer("tasks", TASK_COLUMNS, query, show)
    positions = await heads(connection, "task")
    found = await list_tasks(connection, query, order, page, wanted)
    shown = await show_tasks(connection, found[: page.limit], reader, now)
    documents = {document["task_id"]: document for document in shown}
    answer = page.answer(found, lambda task: documents[task.task_id], order.key)
    cursor = encode_cursor({d: p for d, p in positions.items() if d in wanted.get("dealer_id", [d])})
    return answer | {"feed_cursor": cursor}


@router.get("/tasks/{task_id}", dependencies=_READING)
async def get_task(
    response: Response,
    task_id: str,
    reader: ReaderDep,
    connection: TransactionDep,
    now: NowDep,
) -> dict[str, Any]:
    """One task."""
    task = await find_task(connection, task_id)
    return await answer_task(connection, response, task, reader, now)


@router.get("/tasks/{task_id}/history", dependencies=_READING)
async def get_history(task_id: str, connection: TransactionDep, page: PageDep) -> dict[str, Any]:
    """Everything that happened to a task, oldest first."""
    await find_task(connection, task_id)
    rows = await history_rows(connection, task_id, page.number_key(), page.limit + 1)
    return page.answer(rows, history_item, lambda row: [row["version"]])


@router.post("/tasks/{task_id}/{action}", dependencies=_WRITING)
async def act_on_task(
    response: Response,
    task_id: str,
    action: Annotated[str, Path(json_schema_extra={"enum": list(PERSON_ACTIONS)})],
    body: ActionBody,
    principal: PrincipalDep,
    reader: ReaderDep,
    connection: TransactionDep,
    expected: IfMatchDep,
    now: NowDep,
) -> dict[str, Any]:
    """Accept, decline, acknowledge, wait, resume, complete, reassign or cancel; answers the task as it then is."""
    if action not in PERSON_ACTIONS:
        raise not_found()
    changes = TaskChanges(connection, reader.playbook, now)
    done = await carry_out(changes, principal, task_id, action, body, expected)
    people = await changes.directory(done.dealer_id)
    return await answer_task(connection, response, done, reader, now, [people])


async def carry_out(
    changes: TaskChanges,
    principal: Principal,
    task_id: str,
    action: str,
    body: ActionBody,
    expected: Expected = ANY_VERSION,
) -> Task:
    """Act on a task as the caller, and publish; the task as it then is. Raises Problem 403, 404, 409, 412, 422."""
    task = await hold_task(changes.connection, task_id)
    people = await changes.directory(task.dealer_id)
    actor = acting_person(principal, people, body.staff_id)
    if body.to_staff_id is not None and body.to_staff_id not in people.colleagues:
        raise unknown_person("/to_staff_id", body.to_staff_id, people.colleagues)
    expected.check(task.version)
    command = Command(action=cast(Any, action), **body.model_dump(exclude={"staff_id"}))
    try:
        done = await tasks.act_within(changes, task, command, actor)
    except Refused as refused:
        raise Problem(409, refused.detail, code=refused.code) from refused
    except Invalid as wrong:
        raise Problem(422, wrong.fault.detail, errors=[wrong.fault]) from wrong
    await changes.publish()
    return done


async def hold_task(connection: AsyncConnection, task_id: str) -> Task:
    """The task of a path for this transaction to change; 404 when there is none for the caller."""
    try:
        if "\x00" not in task_id:
            return await tasks.lock_task(connection, task_id)
    except TaskNotFound:
        pass
    raise not_found()


async def find_task(connection: AsyncConnection, task_id: str) -> Task:
    """The task of a path; 404 when there is none for the caller."""
    try:
        if "\x00" not in task_id:
            return await tasks.load_task(connection, task_id)
    except TaskNotFound:
        pass
    raise not_found()


async def answer_task(
    connection: AsyncConnection,
    response: Response,
    task: Task,
    reader: Reader,
    now: NowDep,
    directories: Sequence[Directory] = (),
) -> dict[str, Any]:
    """The task's document, its version in the `ETag`. `directories`: those loaded already."""
    response.headers["ETag"] = etag(task.version)
    (document,) = await show_tasks(connection, [task], reader, now, directories)
    return document
