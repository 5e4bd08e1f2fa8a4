"""Everything that happened to a case or a task, oldest first, and who was told."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import Depends

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import DealerDep, StackDep, TransactionDep, requires
from journey_api.cases.timeline_facts import Line
from journey_api.cases.timeline_order import lines_after
from journey_api.cases.timeline_rows import read_case_timeline, read_task_timeline
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.pagination import Page, PageDep
from journey_api.routes.cases import find_case
from journey_api.routes.tasks import find_task
from journey_api.tasks.documents import load_language_code

router = keyed_router("timelines")
_READING: Final = [Depends(requires("tasks:read", "ops:read"))]


@router.get("/dealers/{dealer_id}/cases/{case_id}/timeline", dependencies=_READING)
async def get_case_timeline(
    dealer_id: DealerDep,
    case_id: str,
    stack: StackDep,
    connection: TransactionDep,
    page: PageDep,
    asked: AskedLanguageDep,
) -> dict[str, Any]:
    """Everything of a case, oldest first, and who was told: why did nobody call her?"""
    case = await find_case(connection, dealer_id, case_id)
    language = await load_language_code(connection, dealer_id, asked)
    lines = await read_case_timeline(connection, stack.playbook.texts, language, dealer_id, case.case_id)
    return _answer(lines, page)


@router.get("/tasks/{task_id}/timeline", dependencies=_READING)
async def get_task_timeline(
    task_id: str, stack: StackDep, connection: TransactionDep, page: PageDep, asked: AskedLanguageDep
) -> dict[str, Any]:
    """Everything that led to a task and came of it, oldest first, the clocks of its case, and who was told."""
    task = await find_task(connection, task_id)
    language = await load_language_code(connection, task.dealer_id, asked)
    return _answer(await read_task_timeline(connection, stack.playbook.texts, language, task), page)


def _answer(lines: Sequence[Line], page: Page) -> dict[str, Any]:
    return page.answer(lines_after(lines, page), Line.document, lambda line: line.place)
