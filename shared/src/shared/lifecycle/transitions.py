"""The table of transitions: which action leads where, from which state, for whom."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from shared.fast_dataclass import fast_replace
from shared.lifecycle.commands import check_command, outcome_of, wait_end
from shared.lifecycle.persons import check_person
from shared.lifecycle.repetition import repeats
from shared.lifecycle.types import (
    CASE_CLOSED,
    PERSON_ACTIONS,
    REASSIGNED,
    SILENCE,
    UNAUTHORISED,
    Action,
    Actor,
    Change,
    Command,
    Context,
    Follow,
    Recorded,
    Refused,
    Task,
    Unchanged,
    changed,
)
from shared.vocabulary import OPEN_STATUSES

FROM: Final[Mapping[Action, tuple[str, ...]]] = {
    "accept": ("offered",),
    "decline": ("offered",),
    "acknowledge": ("open",),
    "wait": ("accepted",),
    "resume": ("waiting",),
    "complete": ("accepted", "waiting", "acknowledged"),
    "reassign": OPEN_STATUSES,
    "cancel": OPEN_STATUSES,
    "silence": ("offered",),
    "resume_due": ("waiting",),
    "close": ("open", "acknowledged"),
    "call_off": OPEN_STATUSES,
}
"""The states an action starts from; the kinds follow, since an interact is never offered."""

_GATED: Final = (
    "The customer has not authorised the additional work that was found ({rule}). Post an event with the signal"
    " customer_authorisation_recorded, or complete with force: true and a note that says why."
)


def transition(task: Task, command: Command, actor: Actor, context: Context, now: datetime) -> Change | Unchanged:
    """The task after the command, or Unchanged where the same person asks for the same again.

    Raises Invalid for a command that makes no sense, Refused where state or person do not allow it.
    """
    check_command(command, now)
    if repeats(task, command, actor, context.last):
        return Unchanged(task)
    if task.status not in FROM[command.action]:
        possible = ", ".join(FROM[command.action])
        raise Refused("bad_state", f"The task is {task.status}; {command.action} is possible from {possible}.")
    if command.action in PERSON_ACTIONS:
        check_person(command.action, task, actor, context)
    return _APPLY[command.action](task, command, actor, context, now)


def _accept(task: Task, command: Command, actor: Actor, _: Context, now: datetime) -> Change:
    first = task.first_accepted_at or now
    return _moved(task, command, actor, now, "accepted", "accepted", _held(actor) | {"first_accepted_at": first})


def _acknowledge(task: Task, command: Command, actor: Actor, _: Context, now: datetime) -> Change:
    return _moved(task, command, actor, now, "acknowledged", "acknowledged", _held(actor))


def _decline(task: Task, command: Command, actor: Actor, _: Context, now: datetime) -> Change:
    return _offer_ended(task, command, actor, now, actor.staff_id, command.reason or "")


def _silence(task: Task, command: Command, actor: Actor, _: Context, now: datetime) -> Change:
    return _offer_ended(task, fast_replace(command, reason=SILENCE), actor, now, task.offered_to, SILENCE)


def _offer_ended(task: Task, command: Command, actor: Actor, now: datetime, by: str | None, reason: str) -> Change:
    offer = fast_replace(task.offer, excluded={**task.offer.excluded, by or "": reason}, named=False, to_lead=False)
    change = _moved(task, command, actor, now, "declined", "offered", {"offered_to": None, "offer": offer})
    follow: Follow = "drop" if task.manual and task.offer.named else "offer_next"
    return fast_replace(change, follow=follow)


def _wait(task: Task, command: Command, actor: Actor, _: Context, now: datetime) -> Change:
    waits = {"waiting_until": wait_end(command, now), "waiting_reason": command.reason}
    return _moved(task, command, actor, now, "waiting", "waiting", waits)


def _resume(task: Task, command: Command, actor: Actor, _: Context, now: datetime) -> Change:
    return _moved(task, command, actor, now, "resumed", "accepted", _NO_WAIT)


def _complete(task: Task, command: Command, actor: Actor, context: Context, now: datetime) -> Change:
    outcome = outcome_of(task, command)
    told = fast_replace(command, outcome=outcome)
    if context.gate is not None:
        if not command.force:
            raise Refused("gated", _GATED.format(rule=context.gate))
        told = fast_replace(told, reason=UNAUTHORISED)
    return _moved(task, told, actor, now, "completed", "completed", _NO_WAIT | {"outcome": outcome})


def _reassign(task: Task, command: Command, actor: Actor, context: Context, now: datetime) -> Change:
    if command.to_role is not None:
        return _give_away(task, command, actor, now)
    receiver = context.receiver
    if receiver is None or task.to_role not in receiver.roles | receiver.leads:
        raise Refused("not_in_role", f"{command.to_staff_id} neither holds nor leads the role {task.to_role}.")
    excluded = {who: why for who, why in task.offer.excluded.items() if who != receiver.staff_id}
    fresh = fast_replace(task.offer, excluded=excluded, named=False, to_lead=False)
    values = _NO_WAIT | {"offered_to": None, "assignee_id": None, "offer": fresh}
    status = "open" if task.kind == "interact" else "offered"
    return fast_replace(_moved(task, command, actor, now, "reassigned", status, values), follow="offer_named")


def _give_away(task: Task, command: Command, actor: Actor, now: datetime) -> Change:
    if command.to_role == task.to_role:
        raise Refused("bad_state", f"The task is {task.status} with the role {task.to_role} already.")
    chain = {**task.chain, "reassigned_role": command.to_role}
    values = _NO_WAIT | {"offered_to": None, "outcome": REASSIGNED, "chain": chain}
    return fast_replace(_moved(task, command, actor, now, "reassigned", "cancelled", values), follow="other_role")


def _cancel(task: Task, command: Command, actor: Actor, _: Context, now: datetime) -> Change:
    return _moved(task, command, actor, now, "cancelled", "cancelled", _NO_WAIT | {"offered_to": None})


def _close(task: Task, command: Command, actor: Actor, context: Context, now: datetime) -> Change:
    return _cancel(task, fast_replace(command, reason=CASE_CLOSED), actor, context, now)


def drop_declined(task: Task, now: datetime) -> Change:
    """The end of a manual task that the person it was for has declined."""
    return _cancel(task, Command(action="cancel", reason="declined"), Actor(), Context(), now)


def offer_to(task: Task, staff_id: str, now: datetime, *, named: bool, to_lead: bool, again: bool = False) -> Change:
    """The task offered to a person. `again`: one who declined busy or absent is asked once more.

    An offer to anybody but the role lead begins a cycle, which is what the acceptance clock counts.
    """
    asked = (*task.offer.asked_again, staff_id) if again else task.offer.asked_again
    cycle = task.offer.cycle + (not to_lead)
    offer = fast_replace(task.offer, cycle=cycle, asked_again=asked, named=named, to_lead=to_lead)
    return Change(before=task, task=changed(task, now, offered_to=staff_id, offer=offer), action="offered", at=now)


def _held(actor: Actor) -> dict[str, Any]:
    return {"assignee_id": actor.staff_id, "offered_to": None}


_NO_WAIT: Final[dict[str, Any]] = {"waiting_until": None, "waiting_reason": None}


def _moved(
    task: Task,
    command: Command,
    actor: Actor,
    now: datetime,
    action: Recorded,
    status: str,
    values: dict[str, Any],
) -> Change:
    return Change(
        before=task,
        task=changed(task, now, status=status, **values),
        action=action,
        at=now,
        by=actor.staff_id,
        reason=command.reason,
        outcome=command.outcome,
        note=command.note,
        key_id=actor.key_id,
    )


_APPLY: Final[Mapping[Action, Callable[[Task, Command, Actor, Context, datetime], Change]]] = {
    "accept": _accept,
    "decline": _decline,
    "acknowledge": _acknowledge,
    "wait": _wait,
    "resume": _resume,
    "complete": _complete,
    "reassign": _reassign,
    "cancel": _cancel,
    "silence": _silence,
    "resume_due": _resume,
    "close": _close,
    "call_off": _cancel,
}
