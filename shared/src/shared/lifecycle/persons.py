"""Who may do what to a task (contract, the action table)."""

from collections.abc import Callable, Mapping
from typing import Final

from shared.lifecycle.types import Actor, Context, PersonAction, Refused, Task
from shared.playbook.routing.case_owner import Owner


def in_role(task: Task, actor: Actor) -> bool:
    """Whether the person holds the receiving role, or is offered the task all the same."""
    return task.to_role in actor.roles or (task.offered_to is not None and task.offered_to == actor.staff_id)


def leads(task: Task, actor: Actor) -> bool:
    """Whether the person leads the receiving role, or stands in for its lead."""
    return task.to_role in actor.leads or (task.offer.to_lead and task.offered_to == actor.staff_id)


def is_customer_owner(owner: Owner | None, actor: Actor) -> bool:
    """Whether the person answers to the customer; an owner without a person is everybody of the role."""
    if owner is None:
        return False
    return owner.staff_id == actor.staff_id if owner.staff_id else owner.role in actor.roles


def check_person(action: PersonAction, task: Task, actor: Actor, context: Context) -> None:
    """Raises Refused where the task does not belong to the person."""
    _CHECKS[action](task, actor, context)


def _accepting(task: Task, actor: Actor, _: Context) -> None:
    if not (in_role(task, actor) or leads(task, actor)):
        raise _not_in_role(task)


def _acknowledging(task: Task, actor: Actor, _: Context) -> None:
    if not in_role(task, actor):
        raise _not_in_role(task)


def _declining(task: Task, actor: Actor, _: Context) -> None:
    if leads(task, actor):
        raise Refused("not_yours", "The role lead cannot decline, only reassign.")
    if task.offered_to is None and not in_role(task, actor):
        raise _not_in_role(task)
    if task.offered_to not in (None, actor.staff_id):
        raise Refused("not_yours", "The task is offered to somebody else.")


def _working(task: Task, actor: Actor, _: Context) -> None:
    if not (_holds(task, actor) or leads(task, actor)):
        raise Refused("not_yours", "Only the assignee and the role lead may do this.")


def _reassigning(task: Task, actor: Actor, context: Context) -> None:
    if context.receiver is None or not _started(task, actor):
        _working(task, actor, context)


def _cancelling(task: Task, actor: Actor, context: Context) -> None:
    owns = is_customer_owner(context.customer_owner, actor)
    if not (owns or _started(task, actor) or leads(task, actor)):
        raise Refused("not_yours", "Only the starter, the customer owner and the role lead may do this.")


def _holds(task: Task, actor: Actor) -> bool:
    return task.assignee_id is not None and task.assignee_id == actor.staff_id


def _started(task: Task, actor: Actor) -> bool:
    return task.started_by is not None and task.started_by == actor.staff_id


def _not_in_role(task: Task) -> Refused:
    return Refused("not_in_role", f"Only people of the role {task.to_role} may do this.")


_CHECKS: Final[Mapping[PersonAction, Callable[[Task, Actor, Context], None]]] = {
    "accept": _accepting,
    "decline": _declining,
    "acknowledge": _acknowledging,
    "wait": _working,
    "resume": _working,
    "complete": _working,
    "reassign": _reassigning,
    "cancel": _cancelling,
}
