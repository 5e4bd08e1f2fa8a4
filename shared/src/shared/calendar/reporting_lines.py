"""Who leads and who manages the people of a role."""

from collections.abc import Mapping
from typing import Final

from shared.calendar.availability import Staff, StaffMember

GROUP_MAILBOX: Final = "group_mailbox"

DEFAULT_MANAGERS: Final[Mapping[str, str]] = {
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
"""The role above each role, unless the dealer says otherwise; the last has only the mailbox above it."""


def managing_role(role: str, staff: Staff) -> str | None:
    """The role above a role; None: only the group's mailbox."""
    manager = staff.managers.get(role, DEFAULT_MANAGERS.get(role, GROUP_MAILBOX))
    return None if manager == GROUP_MAILBOX else manager


def manager_of(member: StaffMember, staff: Staff) -> StaffMember | None:
    """The person's own manager; None where none is named, or nobody the dealer has, or the person."""
    return None if member.manager_id == member.staff_id else staff.members.get(member.manager_id or "")


def holders_of(role: str, staff: Staff) -> tuple[str, ...]:
    """The people who have a role, by id."""
    return tuple(sorted(one for one, member in staff.members.items() if role in member.roles))


def managers_of(role: str, staff: Staff) -> tuple[str, ...]:
    """The people of the role above a role, by id."""
    manager = managing_role(role, staff)
    return () if manager is None else holders_of(manager, staff)


def named_leads_of(role: str, staff: Staff) -> tuple[str, ...]:
    """The people who have a role in their `lead_of`, by id."""
    return tuple(sorted(one for one, member in staff.members.items() if role in member.lead_of))


def leads_of(role: str, staff: Staff) -> tuple[str, ...]:
    """The leads of a role by id: those named, else the people of the role above it."""
    return named_leads_of(role, staff) or managers_of(role, staff)


def led_by(staff_id: str, staff: Staff) -> frozenset[str]:
    """The roles a person leads."""
    return frozenset(role for role in DEFAULT_MANAGERS if staff_id in leads_of(role, staff))
