"""A dealer in the database: its people, customers, cases and tasks, and what is on record of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import httpx
from sqlalchemy import insert, select, text

from harness.clocks import MovableClock
from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST, REPAIR_VEHICLE
from harness.people import TEAM_WITH_A_LEAD, People
from shared.commands.change_task import act
from shared.commands.close_case import close
from shared.commands.create_task import NewTask, Started, start
from shared.commands.record_contact import NewContact, record_contact
from shared.commands.reoffer_task import expire_offer
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import customer, dealer, journey_case, journey_event, outbox, routing, staff, suggestion
from shared.lifecycle import Actor, Command, Task
from shared.people.staff import directory
from shared.playbook.ruleset.loader import playbook
from shared.tasks.unit_of_work import TaskChanges
from shared.vocabulary import TASKS_TOPIC

DEALER = "lisboa-01"
CUSTOMER = "C-1"
CASE = "case-1"
_READ_WHOLE = text("set local enable_seqscan = on")


@dataclass
class Dealership:
    """Verbs on one dealer, written straight into the database by the commands the services use."""

    database: Database
    clock: MovableClock
    dealer_id: str = field(default=DEALER, kw_only=True)

    team: ClassVar[People] = TEAM_WITH_A_LEAD
    about: ClassVar[Mapping[str, Any]] = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon"}

    async def open_dealer(self, people: People | None = None, **record: Any) -> Self:
        """The dealer and its people, by their staff ids."""
        await self.insert(dealer, {"record": {**self.about, **record}})
        team = self.team if people is None else people
        await self.insert(staff, *({"staff_id": one, "record": dict(person)} for one, person in team.items()))
        return self

    async def open_with_case(self, people: People | None = None, **record: Any) -> Self:
        """The dealer, its people, and a customer with a case that SA-1 owns."""
        await self.open_dealer(people, **record)
        profile = {"channels": [{"kind": "whatsapp", "address": "+351912345678", "verified": True}]}
        await self.insert(customer, {"customer_id": CUSTOMER, "record": profile})
        await self.open_case(CASE)
        return self

    async def add_staff(self, staff_id: str, roles: Sequence[str], **record: Any) -> None:
        """One more member of staff, present."""
        about = {"name": staff_id, "roles": list(roles), "presence": "present"}
        await self.insert(staff, {"staff_id": staff_id, "record": about | record})

    async def add_customer(self, customer_id: str = CUSTOMER, **record: Any) -> None:
        """A customer with a profile."""
        await self.insert(customer, {"customer_id": customer_id, "record": record})

    async def change_customer(self, customer_id: str = CUSTOMER, **record: Any) -> None:
        """Change what a customer's record says."""
        async with self.database.transaction() as connection:
            mine = customer.c.customer_id == customer_id
            before = await connection.scalar(select(customer.c.record).where(mine))
            await connection.execute(customer.update().where(mine).values(record={**(before or {}), **record}))

    async def open_case(self, case_id: str, customer_id: str | None = CUSTOMER, owner: str | None = "SA-1") -> None:
        """An open case about the infotainment."""
        now = self.clock()
        row = {
            "dealer_id": self.dealer_id,
            "case_id": case_id,
            "customer_id": customer_id,
            "status": "open",
            "topics": ["infotainment"],
            "owner_role": "service_advisor",
            "owner_staff_id": owner,
            "opened_at": now,
            "newest_event_at": now,
            "last_activity_at": now,
        }
        async with self.database.transaction(self.dealer_id) as connection:
            await connection.execute(insert(journey_case).values(row))

    async def close_cases(self, by: str = "CX-1") -> None:
        """A person closes every open case."""
        async with self.database.transaction() as connection:
            opened = select(journey_case.c.case_id, journey_case.c.customer_id).where(journey_case.c.status == "open")
            for case_id, customer_id in (await connection.execute(opened)).all():
                await lock_keys(connection, [record_key(self.dealer_id, customer_id)])
                await close(connection, playbook(), self.dealer_id, case_id, "satisfied", by, self.clock())

    async def create_task(self, **given: Any) -> Task:
        """Start a task; a deliver from the service advisor to the product specialist unless said otherwise."""
        return (await self.start_task(**given)).task

    async def start_task(self, **given: Any) -> Started:
        """The same, saying whether it merged into an open one."""
        new = new_task(self.dealer_id, **given)
        async with self.database.transaction(self.dealer_id) as connection:
            await lock_keys(connection, [record_key(new.dealer_id, new.customer_id)])
            return await start(connection, playbook(), new, self.clock())

    async def act(self, task_id: str, action: Any, staff_id: str, **given: Any) -> Any:
        """A person acts on a task."""
        async with self.database.transaction(self.dealer_id) as connection:
            actor = (await directory(connection, self.dealer_id)).actor(staff_id) or Actor(staff_id)
            return await act(
                connection, playbook(), self.dealer_id, task_id, Command(action=action, **given), actor, self.clock()
            )

    async def expire_offer(self, task: Task) -> Task:
        """Let the present offer run out."""
        async with self.database.transaction(self.dealer_id) as connection:
            changes = TaskChanges(connection, playbook(), self.clock())
            expired = await expire_offer(changes, self.dealer_id, task.task_id, task.offer.cycle)
            await changes.publish()
            return expired

    async def contact(self, customer_id: str = CUSTOMER, **given: Any) -> Any:
        """Record a contact with a customer, now unless said otherwise."""
        new = NewContact(dealer_id=self.dealer_id, customer_id=customer_id, **{"at": self.clock(), **given})
        async with self.database.transaction() as connection:
            await lock_keys(connection, [record_key(self.dealer_id, customer_id)])
            return await record_contact(connection, playbook(), new, self.clock())

    async def insert(self, table: Any, *rows: Mapping[str, Any]) -> None:
        """Records as a PUT would leave them."""
        written = {"dealer_id": self.dealer_id, "version": 1, "created_at": self.clock(), "updated_at": self.clock()}
        if rows:
            async with self.database.transaction() as connection:
                await connection.execute(insert(table), [written | dict(row) for row in rows])

    async def rows(self, statement: Any) -> list[dict[str, Any]]:
        """Rows of a statement of the test's own; where it asks for no order, they come as they were written."""
        async with self.database.transaction() as connection:
            await connection.execute(_READ_WHOLE)
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

    async def records(self, topic: str = TASKS_TOPIC) -> list[str]:
        """The kinds of the records on a topic, in order: `created` of `handoff.task.created.v1`."""
        rows = await self.rows(select(outbox.c.type).where(outbox.c.topic == topic).order_by(outbox.c.seq))
        return [row["type"].split(".")[2] for row in rows]


def new_task(dealer_id: str = DEALER, **given: Any) -> NewTask:
    """What a routed entry of the playbook asks for."""
    plain: dict[str, Any] = {
        "dealer_id": dealer_id,
        "customer_id": CUSTOMER,
        "case_id": CASE,
        "event_id": None,
        "entry": INFOTAINMENT_TO_PRODUCT_SPECIALIST,
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


async def suggest(dealership: Dealership, event_id: str, entry: str, to_role: str, **given: Any) -> None:
    """Store a routed event that suggested an entry."""
    at = dealership.clock()
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
        "step": REPAIR_VEHICLE,
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
        "because": {"code": "facts_missing", "params": {"facts": "customer.vip"}, "missing": ["customer.vip"]},
        "created_at": at,
    }
    async with dealership.database.transaction(DEALER) as connection:
        await connection.execute(insert(journey_event).values(event))
        await connection.execute(insert(routing).values(routed))
        await connection.execute(insert(suggestion).values(row))
