"""What a person may do to a task now, by the same rules as the command that does it. Pure."""

from collections.abc import Sequence
from typing import Final

from shared.lifecycle import FROM, Actor, Context, PersonAction, Refused, Task
from shared.lifecycle.persons import check_person
from shared.playbook.routing.case_owner import Owner

_ORDER: Final[Sequence[PersonAction]] = (
    "accept",
    "acknowledge",
    "resume",
    "complete",
    "decline",
    "wait",
    "reassign",
    "cancel",
)
"""The action a task waits for first."""


def possible_actions(task: Task, actor: Actor | None, owner: Owner | None = None) -> tuple[PersonAction, ...]:
    """The actions that neither state nor person forbid, the main one first; none without a person.

    `owner`: who answers to the customer, who may cancel.
    """
    if actor is None:
        return ()
    context = Context(owner)
    return tuple(action for action in _ORDER if task.status in FROM[action] and _may(action, task, actor, context))


def _may(action: PersonAction, task: Task, actor: Actor, context: Context) -> bool:
    if action == "reassign" and task.started_by is not None and task.started_by == actor.staff_id:
        return True
    try:
        check_person(action, task, actor, context)
    except Refused:
        return False
    return True
