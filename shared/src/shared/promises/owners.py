"""Who answers for a promise (`timers 5.8`): who gave it, else who answers to the customer. Pure."""

from collections.abc import Mapping
from typing import Final

from shared.calendar.availability import StaffMember
from shared.playbook.routing.case_owner import Owner as CustomerOwner
from shared.sla.facts import Owner

_OF_VEHICLES: Final = "salesperson"
_OF_OTHERS: Final = "service_advisor"


def owner_of(
    given_by: str | None,
    people: Mapping[str, StaffMember],
    customer_owner: CustomerOwner | None,
    order_kind: str | None = None,
) -> Owner:
    """Who gave it while that person is of the dealer's staff and not `off`, else the customer owner.

    A person answers in the customer owner's role where they hold it, else in the first of their roles. A promise that
    has neither giver nor case is its order's: `order_kind` says whose role that is.
    """
    giver = people.get(given_by or "")
    if giver is not None and giver.presence != "off" and giver.roles:
        held = customer_owner is not None and customer_owner.role in giver.roles
        return Owner(customer_owner.role if customer_owner and held else giver.roles[0], giver.staff_id)
    if customer_owner is not None:
        return Owner(customer_owner.role, customer_owner.staff_id)
    return Owner(_OF_VEHICLES if order_kind == "vehicle" else _OF_OTHERS)
