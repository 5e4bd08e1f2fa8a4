"""What a command must look like, whatever the state of the task."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from shared.faults import Unknown
from shared.lifecycle.types import CUSTOMER_ANSWERED, DECLINE_REASONS, WAIT_REASONS, Command, Invalid, Task
from shared.vocabulary import ROLES

LONGEST_WAIT: Final = timedelta(days=30)
"""How far ahead `until` may lie; also where it lies when nobody says."""

SENDS: Final = frozenset({"CALL", "LETTER"})
"""Entries of reminders that carry a message to a customer."""

SEND_OUTCOMES: Final = ("spoke", "sent", "no_answer", "voicemail", "refused")
"""How a call or letter can end: the first two are delivery, the others failure."""

DONE: Final = "done"
"""How a task ends where nobody says more."""

TASK_OUTCOMES: Final = (DONE, CUSTOMER_ANSWERED, "not_needed")
"""How any task may end."""

_REASONS: Final = {"decline": DECLINE_REASONS, "wait": WAIT_REASONS}


def check_command(command: Command, now: datetime) -> None:
    """Raises Invalid with the pointer of the first member that makes no sense."""
    _check_reason(command)
    _check_outcome(command)
    _check_until(command, now)
    _check_receiver(command)
    _check_force(command)


def outcome_of(task: Task, command: Command) -> str:
    """How a completed task ended; raises Invalid where the task cannot end so.

    A call or letter ends with how it went, for that decides what follows.
    """
    known = SEND_OUTCOMES if task.entry in SENDS else TASK_OUTCOMES
    outcome = command.outcome or ("" if task.entry in SENDS else DONE)
    if outcome not in known:
        raise _none_of(known, "/outcome", outcome)
    return outcome


def wait_end(command: Command, now: datetime) -> datetime:
    """When a wait ends by itself."""
    return command.until or now + LONGEST_WAIT


def _check_reason(command: Command) -> None:
    known = _REASONS.get(command.action)
    if known and command.reason is not None and command.reason not in known:
        raise _none_of(known, "/reason", command.reason)


def _check_outcome(command: Command) -> None:
    known = (*TASK_OUTCOMES, *SEND_OUTCOMES)
    if command.outcome is not None and command.outcome not in known:
        raise _none_of(known, "/outcome", command.outcome)


def _none_of(known: Iterable[str], pointer: str, given: str) -> Invalid:
    ids = tuple(known)
    return Invalid(pointer, "unknown_id", f"must be one of {', '.join(ids)}", Unknown.of(given, ids))


def _check_until(command: Command, now: datetime) -> None:
    if command.until is None:
        return
    if command.action != "wait":
        raise Invalid("/until", "not_here", "goes with wait only")
    if command.until <= now:
        raise Invalid("/until", "past", "must lie ahead")
    if command.until > now + LONGEST_WAIT:
        raise Invalid("/until", "too_late", f"must lie within {LONGEST_WAIT.days} days")


def _check_receiver(command: Command) -> None:
    given = [name for name in ("to_staff_id", "to_role") if getattr(command, name) is not None]
    if command.action != "reassign":
        if given:
            raise Invalid(f"/{given[0]}", "not_here", "goes with reassign only")
        return
    if len(given) != 1:
        raise Invalid("/to_staff_id", "either_or", "reassign needs to_staff_id or to_role, and not both")
    if command.to_role is not None and command.to_role not in ROLES:
        raise Invalid("/to_role", "unknown_id", "is not a role", Unknown.of(command.to_role, ROLES))


def _check_force(command: Command) -> None:
    if not command.force:
        return
    if command.action != "complete":
        raise Invalid("/force", "not_here", "goes with complete only")
    if not (command.note or "").strip():
        raise Invalid("/note", "required", "a forced completion says why")
    if command.reason is not None:
        raise Invalid("/reason", "not_here", "a forced completion has its own; words go to note")
