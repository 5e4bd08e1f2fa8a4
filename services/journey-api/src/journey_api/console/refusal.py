"""Refused actions in words for people: what happened, what it means, at which field."""

from dataclasses import dataclass
from typing import Final

from journey_api.console.visit import Visit
from journey_api.http.problems import Problem, not_found
from shared.lifecycle import Task
from shared.people.staff import Directory

REFUSED: Final = frozenset({409, 412, 422})
"""The statuses that show the page again with the reason; others are pages of their own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action was refused; `field` is the one at fault, if one is.

    `gated`: it can be forced.
    """

    status: int
    action: str
    title: str
    detail: str
    field: str | None = None
    gated: bool = False


def refusal_of(
    visit: Visit, problem: Problem, action: str, task: Task | None = None, people: Directory | None = None
) -> Refusal:
    """The refusal of an action. Raises the problem itself where it is no refusal of the action."""
    if problem.status_code not in REFUSED:
        raise problem if problem.status_code != 404 else not_found()
    text, texts = visit.texts.text, visit.texts
    key = f"task.refused.titles.{action}"
    title = text(key if key in texts else "task.refused.title")
    field = _field_of(problem)
    if problem.status_code == 422:
        wrong = f"task.wrong.{field}"
        return Refusal(422, action, title, text(wrong if wrong in texts else "task.wrong.other"), field)
    detail = _detail(visit, problem, task, people)
    return Refusal(problem.status_code, action, title, detail, field, gated=problem.code == "gated")


def _detail(visit: Visit, problem: Problem, task: Task | None, people: Directory | None) -> str:
    text = visit.texts.text
    if problem.code == "bad_state" and task is not None:
        holder = people.colleagues.get(task.assignee_id or "") if people else None
        status = text(f"task.statuses.{task.status}")
        if holder is not None:
            return text("task.refused.taken_by", name=holder.name, status=status)
        return text("task.refused.bad_state", status=status)
    if problem.code == "customer_wrote":
        return text("task.refused.customer_wrote", words=problem.detail)
    key = f"task.refused.{problem.code}"
    return text(key if key in visit.texts else "task.refused.other")


def _field_of(problem: Problem) -> str | None:
    """The field of the first fault: `until` of `/until`, `facts` of `/facts/customer/vip`."""
    pointers = [fault.pointer for fault in problem.errors]
    return pointers[0].split("/")[1] if pointers and "/" in pointers[0] else None
