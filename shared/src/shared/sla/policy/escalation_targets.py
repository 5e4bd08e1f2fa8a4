"""Who a rung of a chain reaches, at the moment it fires: presence, leave, substitutes, managers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.calendar.availability import Staff, StaffMember, on_leave, on_shift
from shared.calendar.open_intervals import local_date
from shared.sla.facts import Owner
from shared.sla.types import Chain

GROUP_MAILBOX = "group_mailbox"
LAST_ROLE = "general_director"
BREACH_NOTICE = -1
"""In place of a rung: the breach itself, told to the chain's `notice`."""

DEFAULT_MANAGERS = {
    "salesperson": "sales_manager",
    "product_specialist": "sales_manager",
    "used_vehicle_sales_manager": "sales_manager",
    "service_advisor": "service_manager",
    "workshop_manager": "service_manager",
    "parts_manager": "service_manager",
    "warranty_manager": "service_manager",
    "client_experience_specialist": "client_experience_manager",
    "business_development_centre": "client_experience_manager",
    "sales_manager": "general_director",
    "service_manager": "general_director",
    "client_experience_manager": "general_director",
    "back_office": "general_director",
    "general_director": GROUP_MAILBOX,
}
"""The role above each role; the last has only the mailbox above it."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One who is told: a person, or the group's mailbox. `for_staff_id`: whom a substitute stands in for."""

    kind: Literal["staff", "mailbox"]
    staff_id: str | None = None
    address: str | None = None
    for_staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a rung: who is told, and the rungs on the way that reached nobody (`nobody_reachable`).

    `step` is the rung that reached somebody; None where the chain ended at the mailbox, or at nobody.
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
    above = manager_of(owner, staff)
    if target == "manager_of_manager" and above is not None:
        above = manager_of(above, staff)
    return _held_by(above, staff, at)


def resolve_all(targets: Iterable[str], owner: Owner, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    """Everybody several targets of one step reach, each once."""
    found: dict[tuple[str | None, str | None], Recipient] = {}
    for target in targets:
        for recipient in resolve(target, owner, staff, at):
            found.setdefault((recipient.staff_id, recipient.address), recipient)
    return tuple(found.values())


def tell(chain: Chain, step: int, owner: Owner, staff: Staff, at: datetime) -> Told:
    """Whom a rung reaches (BREACH_NOTICE: the breach); where nobody, the next at once, and at the end the mailbox."""
    missed: list[int] = []
    for index in range(step, len(chain.steps)):
        targets = chain.notice if index == BREACH_NOTICE else chain.steps[index].to
        recipients = resolve_all(targets, owner, staff, at)
        if recipients:
            return Told(recipients, index, tuple(missed))
        missed.append(index)
    return Told(_mailbox(staff, at), None, tuple(missed))


def manager_of(owner: Owner, staff: Staff) -> Owner | None:
    """Who is above: the person's own manager first, else the role above; a role without a person is a role.

    None above means the group's mailbox.
    """
    member = staff.members.get(owner.staff_id or "")
    if member is not None and member.manager_id in staff.members and member.manager_id != member.staff_id:
        above = staff.members[member.manager_id or ""]
        return Owner(above.roles[0] if above.roles else None, above.staff_id)
    role = owner.role or (member.roles[0] if member and member.roles else None)
    if role is None:
        return None
    manager = staff.managers.get(role, DEFAULT_MANAGERS.get(role, GROUP_MAILBOX))
    return None if manager == GROUP_MAILBOX else Owner(manager)


def stand_in(staff_id: str, staff: Staff, at: datetime) -> StaffMember | None:
    """The person, or who stands in while that one is off or on leave: substitute by substitute, never in a circle."""
    seen: set[str] = set()
    member = staff.members.get(staff_id)
    while member is not None and member.staff_id not in seen:
        seen.add(member.staff_id)
        leave = on_leave(member, local_date(staff.calendar, at))
        if member.presence != "off" and leave is None:
            return member
        substitute = leave.substitute_id if leave and leave.substitute_id else member.substitute_id
        member = staff.members.get(substitute or "")
    return None


def leads_of(role: str, staff: Staff) -> tuple[StaffMember, ...]:
    """The people who lead a role, by id."""
    return tuple(sorted((m for m in staff.members.values() if role in m.lead_of), key=lambda m: m.staff_id))


def _owner(owner: Owner, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    if owner.staff_id is not None and owner.staff_id in staff.members:
        return _person(owner.staff_id, staff, at)
    if owner.role is None:
        return ()
    led = _people([lead.staff_id for lead in leads_of(owner.role, staff)], staff, at)
    return led or _held_by(manager_of(Owner(owner.role), staff), staff, at)


def _held_by(holder: Owner | None, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    if holder is None:
        return _mailbox(staff, at)
    if holder.staff_id is not None:
        return _person(holder.staff_id, staff, at)
    return _role(holder.role or "", staff, at)


def _person(staff_id: str, staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    member = stand_in(staff_id, staff, at)
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
    holders = sorted((m for m in staff.members.values() if role in m.roles), key=lambda m: m.staff_id)
    today = local_date(staff.calendar, at)
    present = [m for m in holders if m.presence == "present" and on_leave(m, today) is None]
    at_work = [m for m in present if on_shift(m, staff, at, role)]
    chosen = at_work or present
    return _people([m.staff_id for m in chosen or holders], staff, at)


def _mailbox(staff: Staff, at: datetime) -> tuple[Recipient, ...]:
    if staff.group_mailbox:
        return (Recipient("mailbox", address=staff.group_mailbox),)
    return _role(LAST_ROLE, staff, at)
