"""Who works at the dealers of the tests, and when they are open."""

from collections.abc import Mapping
from typing import Any

from shared.vocabulary import ROLES

People = Mapping[str, Mapping[str, Any]]
"""Staff records by staff id."""

ALL_DAY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
OFFICE_HOURS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

ONE_IN_EVERY_ROLE: People = {
    f"S-{role}": {"name": f"S-{role}", "roles": [role], "presence": "present"} for role in ROLES
}
"""`S-<role>` for each role, each the lead of nothing."""

TEAM_WITH_A_LEAD: People = {
    "PS-1": {"roles": ["product_specialist"]},
    "PS-2": {"roles": ["product_specialist"]},
    "PS-3": {"roles": ["product_specialist"], "presence": "away"},
    "SM-1": {"roles": ["sales_manager"], "lead_of": ["product_specialist"]},
    "SA-1": {"roles": ["service_advisor"]},
    "SA-2": {"roles": ["service_advisor"]},
    "SP-1": {"roles": ["salesperson"]},
    "SE-1": {"roles": ["service_manager"]},
    "CX-1": {"roles": ["client_experience_manager"]},
}


def with_mail(people: People) -> People:
    """The same people, each with a name and an e-mail address unless their records say otherwise."""
    return {staff_id: {**_reachable(staff_id), **person} for staff_id, person in people.items()}


def _reachable(staff_id: str) -> dict[str, Any]:
    address = f"{staff_id.lower()}@lisboa.example"
    return {"name": f"Person {staff_id}", "channels": [{"kind": "email", "address": address}]}


TEAM_WITH_MANAGERS: People = {
    "SA-1": {"roles": ["service_advisor"]},
    "PS-1": {"roles": ["product_specialist"]},
    "PS-2": {"roles": ["product_specialist"]},
    "SP-1": {"roles": ["salesperson"]},
    "SM-1": {"roles": ["sales_manager"]},
    "VM-1": {"roles": ["service_manager"]},
    "GD-1": {"roles": ["general_director"]},
    "CX-1": {"roles": ["client_experience_manager"]},
}
