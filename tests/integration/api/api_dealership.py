"""A dealership of the tests: its people, its customer, its case, and tasks started as the playbook would."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import insert, select

from shared.commands.change_task import act
from shared.commands.create_task import NewTask, Started, start
from shared.commands.reoffer_task import expire_offer
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import customer, dealer, journey_case, journey_event, outbox, routing, staff, suggestion
from shared.lifecycle import Actor, Command, Task
from shared.people.staff import directory

DEALER = "lisboa-01"
CUSTOMER = "C-1"
CASE = "case-1"

PEOPLE: Mapping[str, Mapping[str, Any]] = {
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


@dataclass
class Dealership:
    """The database with one dealer in it, and short ways to its tasks."""

    database: Database
    now: datetime
    dealer_id: str = DEALER
    started: list[Task] = field(default_factory=list)

    async def open(self, people: Mapping[str, Mapping[str, Any]] = PEOPLE, **record: Any) -> "Dealership":
        """Write the dealer, its people, a customer with a case owned by SA-1."""
        times = {"created_at": self.now, "updated_at": self.now}
        own = {"dealer_id": self.dealer_id, **times}
        async with self.database.transaction(self.dealer_id) as connection:
            about = {"name": "Lisboa", "time_zone": "Europe/Lisbon", **record}
            await connection.execute(insert(dealer).values(**own, record=about))
            for staff_id, person in people.items():
                await connection.execute(insert(staff).values(**own, staff_id=staff_id, record=dict(person)))
            profile = {"channels": [{"kind": "whatsapp", "address": "+351912345678", "verified": True}]}
            await connection.execute(insert(customer).values(**own, customer_id=CUSTOMER, record=profile))
        await self.open_case(CASE)
        return self

    async def open_case(self, case_id: str, customer_id: str | None = CUSTOMER, owner: str | None = "SA-1") -> None:
        """Write an open case."""
        async with self.database.transaction(self.dealer_id) as connection:
            row = {
                "dealer_id": self.dealer_id,
                "case_id": case_id,
                "customer_id": customer_id,
                "status": "open",
                "topics": ["infotainment"],
                "owner_role": "service_advisor",
                "owner_staff_id": owner,
                "opened_at": self.now,
                "newest_event_at": self.now,
                "last_activity_at": self.now,
            }
            await connection.execute(insert(journey_case).values(row))

    async def start(self, **given: Any) -> Task:
        """Start a task; a deliver from the service advisor to the product specialist unless said otherwise."""
        return (await self.begin(**given)).task

    async def begin(self, **given: Any) -> Started:
        """The same, telling whether it merged."""
        new = new_task(self.dealer_id, **given)
        async with self.database.transaction(self.dealer_id) as connection:
            await lock_keys(connection, [record_key(new.dealer_id, new.customer_id)])
            return await start(connection, new, self.now)

    async def do(self, task_id: str, action: str, staff_id: str, **given: Any) -> Task:
        """Act as a person."""
        async with self.database.transaction(self.dealer_id) as connection:
            actor = (await directory(connection, self.dealer_id)).actor(staff_id) or Actor(staff_id)
            command = Command(action=action, **given)  # type: ignore[arg-type]
            return await act(connection, self.dealer_id, task_id, command, actor, self.now)

    async def expire(self, task: Task) -> Task:
        """Let the present offer run out."""
        async with self.database.transaction(self.dealer_id) as connection:
            return await expire_offer(connection, self.dealer_id, task.task_id, task.offer.cycle, self.now)

    async def records(self) -> list[str]:
        """The types of the task records so far, in order, without their stem."""
        async with self.database.transaction(self.dealer_id) as connection:
            query = select(outbox.c.type).where(outbox.c.topic == "handoff.tasks.v1").order_by(outbox.c.seq)
            return [kind.removeprefix("handoff.task.").removesuffix(".v1") for kind in await connection.scalars(query)]


def new_task(dealer_id: str = DEALER, **given: Any) -> NewTask:
    """What a routed arrow asks for."""
    plain: dict[str, Any] = {
        "dealer_id": dealer_id,
        "customer_id": CUSTOMER,
        "case_id": CASE,
        "event_id": None,
        "entry": "SA-07-01-c",
        "kind": "deliver",
        "mode": "hand_over",
        "matter": "specialist_diagnosis",
        "from_role": "service_advisor",
        "to_role": "product_specialist",
        "why": {"occurrence": "early_ownership_problem_reported", "conditions": [], "source": "001:1705"},
        "packet": {"topics": ["infotainment"], "facts": {"problem": {"severity": "ordinary"}}},
    }
    return NewTask(**{**plain, **given})


async def act_over_http(client: httpx.AsyncClient, task_id: str, action: str, **body: Any) -> httpx.Response:
    """Post a task action."""
    return await client.post(f"/v1/tasks/{task_id}/{action}", json=body)


async def suggest(shop: Dealership, event_id: str, entry: str, to_role: str, **given: Any) -> None:
    """Store a routed event that suggested an entry."""
    at = shop.now
    data = {
        "dealer_id": DEALER,
        "customer_id": CUSTOMER,
        "observed_by": {"role": "service_advisor"},
        "topics": ["repair"],
    }
    event = {
        "event_id": event_id,
        "dealer_id": DEALER,
        "source": "/dms",
        "id": event_id,
        "customer_id": CUSTOMER,
        "step": 17,
        "occurred_at": at,
        "received_at": at,
        "intent": given.get("intent", "live"),
        "data": data,
        "content_hash": b"",
    }
    routed = {
        "event_id": event_id,
        "dealer_id": DEALER,
        "customer_id": CUSTOMER,
        "state": "routed",
        "case_id": CASE,
        "playbook_version": "1",
        "routed_at": at,
        "decisions": given.get("decisions", []),
    }
    row = {
        "event_id": event_id,
        "entry": entry,
        "position": given.get("position", 0),
        "dealer_id": DEALER,
        "customer_id": CUSTOMER,
        "case_id": CASE,
        "to_role": [to_role],
        "made_at": at,
        "because": given.get("because", {"code": "facts_missing", "params": {"facts": "customer.vip"}}),
    }
    async with shop.database.transaction(DEALER) as connection:
        await connection.execute(insert(journey_event).values(event))
        await connection.execute(insert(routing).values(routed))
        await connection.execute(insert(suggestion).values(row))
