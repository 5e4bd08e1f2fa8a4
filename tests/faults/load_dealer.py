"""The dealership the load is about: everybody at work around the clock, clocks that run out while one watches."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from running_stack import Api

from shared.vocabulary import ROLES

DEALER = "faults-01"
GROUP_MAILBOX = "group@dealer.example"
RECORD: Mapping[str, Any] = {
    "name": "Faults Motors",
    "time_zone": "Europe/Lisbon",
    "locale": "en",
    "group_mailbox": GROUP_MAILBOX,
    "sla": {rule: {"duration": "PT4S"} for rule in ("T-02", "T-03", "T-22", "T-35", "T-46")},
    "chains": {
        "first_response": [
            {"after": "PT2S", "to": "manager_of_manager"},
            {"after": "PT2S", "to": "group_mailbox"},
        ]
    },
}
BRISK: Mapping[str, Any] = {
    **RECORD,
    "sla": {rule: {"duration": "PT2S"} for rule in RECORD["sla"]},
    "chains": {"first_response": [step | {"after": "PT1S"} for step in RECORD["chains"]["first_response"]]},
}
"""The same with everything in half the time."""
LEAD = "L-product_specialist"


def staff() -> dict[str, dict[str, Any]]:
    """One person in every role, one more who leads the product specialists."""
    people = {f"S-{role}": _person(f"S-{role}", [role]) for role in ROLES}
    people[LEAD] = _person(LEAD, ["product_specialist"]) | {"lead_of": ["product_specialist"]}
    return people


def available() -> dict[str, int]:
    """How many people of each role are there, as the playbook counts."""
    return {role: sum(role in person["roles"] for person in staff().values()) for role in ROLES}


def _person(staff_id: str, roles: list[str]) -> dict[str, Any]:
    return {
        "name": f"Person {staff_id}",
        "roles": roles,
        "capacity": 500,
        "channels": [{"kind": "email", "address": f"{staff_id.lower()}@dealer.example"}],
    }


def customer(customer_id: str) -> dict[str, Any]:
    """A customer who reads e-mail."""
    address = f"{customer_id.lower()}@customer.example"
    return {"name": f"Customer {customer_id}", "channels": [{"kind": "email", "address": address, "verified": True}]}


async def open_dealer(api: Api, customers: Iterable[str], record: Mapping[str, Any] = RECORD) -> None:
    """PUT the dealer, its staff and these customers."""
    root = f"/v1/dealers/{DEALER}"
    await _put(api, root, record)
    records = {f"{root}/staff/{staff_id}": person for staff_id, person in staff().items()}
    records |= {f"{root}/customers/{customer_id}": customer(customer_id) for customer_id in customers}
    at_once = asyncio.Semaphore(8)

    async def put(path: str, record: Mapping[str, Any]) -> None:
        async with at_once:
            await _put(api, path, record)

    async with asyncio.TaskGroup() as group:
        for path, record in records.items():
            group.create_task(put(path, record))


async def _put(api: Api, path: str, record: Mapping[str, Any]) -> None:
    answer = await api.call("PUT", path, json=record)
    assert answer.status_code in (200, 201), answer.text
