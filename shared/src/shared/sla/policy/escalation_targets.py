"""Who a step of a chain reaches, at the moment it fires: presence, leave, substitutes, managers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.calendar.availability import Staff, is_present, on_shift, substitute_for
from shared.calendar.open_intervals import local_date
from shared.calendar.reporting_lines import GROUP_MAILBOX, holders_of, manager_of, managing_role, named_leads_of
from shared.sla.facts import Owner
from shared.sla.types import Chain

LAST_ROLE = "general_director"
BREACH_NOTICE = -1
"""In place of a step: the breach itself, told to the chain's `notice`."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One who is told: a person, or the group's mailbox. `for_staff_id`: whom a substitute stands in for."""

    kind: Literal["staff", "mailbox"]
    staff_id: str | None = None
    address: str | None = None
    for_staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class ResolvedRecipients:
    """What came of a step: who is told, and the steps on the way that reached nobody (`nobody_reachable`).

    `step` is the one that reached somebody; None where the chain ended at the mailbox, or at nobody.
    """

    recipients: tuple[Recipient, ...]
    step: int | None
    unreachable: tuple[int, ...] = ()


def resolve(target: str, owner: Owner, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    """Who a target reaches at `at`, at any hour; nobody: empty.

    A person who is off or on leave is stood in for by the substitute, from one to the next; one who is away is told.
    A role is everybody of it who is present: those on shift, else those off shift, else those away or stood in for.
    """
    if target == GROUP_MAILBOX:
        return _mailbox(staff, at)
    kind, _, name = target.partition(":")
    if kind == "role":
        return _role(name, staff, at)
    if kind == "staff":
        return _person(name, staff, at)
    if target == "owner":
        return _owner(owner, staff, at)
    manager = above(owner, staff)
    if target == "manager_of_manager" and manager is not None:
        manager = above(manager, staff)
    return _held_by(manager, staff, at)


def resolve_all(targets: Iterable[str], owner: Owner, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    """Everybody several targets of one step reach, each once."""
    found: dict[tuple[str | None, str | None], Recipient] = {}
    for target in targets:
        for recipient in resolve(target, owner, staff, at):
            found.setdefault((recipient.staff_id, recipient.address), recipient)
    return tuple(found.values())


def resolve_step(chain: Chain, step: int, owner: Owner, staff: Staff, at: datetime) -> ResolvedRecipients:
    """Whom a step reaches (BREACH_NOTICE: the breach); where nobody, the next at once, and at the end the mailbox."""
    missed: list[int] = []
    for index in range(step, len(chain.steps)):
        targets = chain.notice if index == BREACH_NOTICE else chain.steps[index].to
        recipients = resolve_all(targets, owner, staff, at)
        if recipients:
            return ResolvedRecipients(recipients, index, tuple(missed))
        missed.append(index)
    return ResolvedRecipients(_mailbox(staff, at), None, tuple(missed))


def above(owner: Owner, staff: Staff) -> Owner | None:
    """Who is above: the person's own manager first, else the role above; a role without a person is a role.

    None above means the group's mailbox.
    """
    member = staff.members.get(owner.staff_id or "")
    manager = manager_of(member, staff) if member is not None else None
    if manager is not None:
        return Owner(manager.roles[0] if manager.roles else None, manager.staff_id)
    role = owner.role or (member.roles[0] if member and member.roles else None)
    managing = managing_role(role, staff) if role is not None else None
    return None if managing is None else Owner(managing)


def _owner(owner: Owner, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    if owner.staff_id is not None and owner.staff_id in staff.members:
        return _person(owner.staff_id, staff, at)
    if owner.role is None:
        return ()
    led = _people(named_leads_of(owner.role, staff), staff, at)
    return led or _held_by(above(Owner(owner.role), staff), staff, at)


def _held_by(holder: Owner | None, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    if holder is None:
        return _mailbox(staff, at)
    if holder.staff_id is not None:
        return _person(holder.staff_id, staff, at)
    return _role(holder.role or "", staff, at)


def _person(staff_id: str, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    member = substitute_for(staff_id, staff, at)
    if member is None:
        return ()
    return (Recipient("staff", member.staff_id, None, None if member.staff_id == staff_id else staff_id),)


def _people(ids: Sequence[str], staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    found: dict[str | None, Recipient] = {}
    for staff_id in ids:
        for recipient in _person(staff_id, staff, at):
            found.setdefault(recipient.staff_id, recipient)
    return tuple(found.values())


def _role(role: str, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    holders = [staff.members[one] for one in holders_of(role, staff)]
    today = local_date(staff.calendar, at)
    present = [member for member in holders if is_present(member, today)]
    at_work = [member for member in present if on_shift(member, staff, at, role)]
    return _people([member.staff_id for member in at_work or present or holders], staff, at)


def _mailbox(staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    if staff.group_mailbox:
        return (Recipient("mailbox", address=staff.group_mailbox),)
    return _role(LAST_ROLE, staff, at)
