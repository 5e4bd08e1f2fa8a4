"""Saying the same twice: a person's repeated action changes nothing."""

from collections.abc import Mapping
from typing import Final

from shared.lifecycle.types import REASSIGNED, SILENCE, Action, Actor, Command, LastAct, Recorded, Task


def repeats(task: Task, command: Command, actor: Actor, last: LastAct | None) -> bool:
    """Whether the person asks for what it has done already."""
    match command.action:
        case "accept":
            return task.status == "accepted" and task.assignee_id == actor.staff_id
        case "acknowledge":
            return task.status == "acknowledged" and task.assignee_id == actor.staff_id
        case "decline":
            return _declined_before(task, actor, last)
        case "reassign":
            return last == LastAct("reassigned", actor.staff_id or "") and _same_receiver(task, command)
        case "silence":
            return command.cycle != task.offer.cycle or task.offered_to is None or task.offer.to_lead
        case action:
            left = _LEFT.get(action)
            return left is not None and (task.status, last) == (left[1], LastAct(left[0], actor.staff_id or ""))


_LEFT: Final[Mapping[Action, tuple[Recorded, str]]] = {
    "wait": ("waiting", "waiting"),
    "resume": ("resumed", "accepted"),
    "complete": ("completed", "completed"),
    "cancel": ("cancelled", "cancelled"),
}


def _declined_before(task: Task, actor: Actor, last: LastAct | None) -> bool:
    reason = task.offer.excluded.get(actor.staff_id or "", SILENCE)
    if reason == SILENCE or task.offered_to == actor.staff_id:
        return False
    return task.status == "offered" or last == LastAct("declined", actor.staff_id or "")


def _same_receiver(task: Task, command: Command) -> bool:
    if command.to_role is not None:
        return task.outcome == REASSIGNED and task.chain.get("reassigned_role") == command.to_role
    return task.status in ("offered", "open") and task.offered_to == command.to_staff_id
