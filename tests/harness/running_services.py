"""A dealership on a movable clock: post what happens, let the services work, look at what they made."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import cast, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from handoff_worker.routing.consumer import Worker
from harness.clocks import MovableClock
from notifier.consumers.consumer import Hearing
from notifier.planning.deferred import release_held
from notifier.timers.scheduler import Ticker
from shared.db.engine import Database
from shared.db.schema import customer, dealer, outbox, staff, vehicle
from shared.ids import new_id
from shared.messaging.bus import Transport
from shared.messaging.consumer import Consumer, consume
from shared.process.shutdown import pause
from shared.vocabulary import ROLES

DEALER = "lisboa-01"
ALL_DAY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
OFFICE_HOURS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

_OUTSTANDING = text(
    """
    select exists (
      select from outbox o
       where o.topic = any(cast(:topics as text[])) and o.type = any(cast(:types as text[]))
         and not exists (select from inbox i
                          where i.consumer = :consumer and i.source = o.source and i.id = o.record_id))
    """
)
_SETTLES_WITHIN = 60
_LOOK_AGAIN = timedelta(milliseconds=5)


@dataclass
class RunningServices:
    """One dealer with everybody at work; `client` may do everything."""

    database: Database
    clock: MovableClock
    client: httpx.AsyncClient
    worker: Worker
    hearing: Hearing
    ticker: Ticker
    _leaving: asyncio.Event = field(default_factory=asyncio.Event)

    async def open_dealer(self, dealer_id: str = DEALER, **record: Any) -> None:
        """A dealer with every role staffed by one person, `S-<role>`, each the lead of nothing."""
        given = {"name": "Lisboa", "time_zone": "Europe/Lisbon", "calendars": {"default": {"week": ALL_DAY}}, **record}
        await self.insert(dealer, dealer_id=dealer_id, record=given)
        people = [
            {"dealer_id": dealer_id, "staff_id": f"S-{role}", "record": _present(f"S-{role}", [role])} for role in ROLES
        ]
        await self._insert(staff, people)

    async def rewrite_dealer(self, **record: Any) -> None:
        """The dealer's record as a restored backup leaves it: changed, and of the same version."""
        kept = dealer.c.record.op("||")(cast(record, JSONB))
        async with self.database.transaction() as connection:
            await connection.execute(update(dealer).where(dealer.c.dealer_id == DEALER).values(record=kept))

    async def add_staff(self, staff_id: str, roles: list[str], dealer_id: str = DEALER, **record: Any) -> None:
        """One more member of staff, present."""
        await self.insert(staff, dealer_id=dealer_id, staff_id=staff_id, record=_present(staff_id, roles) | record)

    async def add_customer(self, customer_id: str, dealer_id: str = DEALER, **record: Any) -> None:
        """A customer with a profile."""
        await self.insert(customer, dealer_id=dealer_id, customer_id=customer_id, record=record)

    async def insert(self, table: Any, **row: Any) -> None:
        """A record as a PUT would leave it."""
        await self._insert(table, [row])

    async def _insert(self, table: Any, rows: list[dict[str, Any]]) -> None:
        written = {"version": 1, "created_at": self.clock(), "updated_at": self.clock()}
        async with self.database.transaction() as connection:
            await connection.execute(insert(table), [written | row for row in rows])

    async def post_event(self, *, at: datetime | None = None, dealer_id: str = DEALER, **data: Any) -> str:
        """Post an event and let it be routed; answers its id."""
        event = {
            "specversion": "1.0",
            "type": "handoff.journey.step.v1",
            "source": f"/dealers/{dealer_id}/systems/dms",
            "id": new_id(),
            "time": (at or self.clock()).isoformat(),
            "data": {"dealer_id": dealer_id, **data},
        }
        headers = {"content-type": "application/cloudevents+json"}
        answer = await self.client.post("/v1/events", json=event, headers=headers)
        assert answer.status_code == 202, answer.text
        await self.settle()
        return str(answer.json()["events"][0]["event_id"])

    async def settle(self) -> None:
        """Let worker and notifier handle what has been published, and what they publish, until there is no more."""
        await self._until_read()
        # what the notifier heard of an event before the worker had routed it
        if await release_held(self.database, self.hearing.means, self.clock, self.clock):
            await self._until_read()

    async def _until_read(self) -> None:
        async with asyncio.timeout(_SETTLES_WITHIN):
            while await self._outstanding():
                await pause(self._leaving, _LOOK_AGAIN)

    @asynccontextmanager
    async def at_work(self, transport: Transport) -> AsyncIterator[None]:
        """Worker and notifier read what the transport brings them, inside the context."""
        async with asyncio.TaskGroup() as group:
            working = [
                group.create_task(consume(transport, self.database, self.clock, consumer, self._leaving))
                for consumer in self._consumers
            ]
            try:
                yield
            finally:
                self._leaving.set()
                # everything is settled: a reader that listens for more need not be waited for
                for reader in working:
                    reader.cancel()

    @property
    def _consumers(self) -> tuple[Consumer, Consumer]:
        """The two who read; a story may give the notifier other means in between."""
        hearing = replace(self.hearing.consumer(), handle=lambda *given: self.hearing.consumer().handle(*given))
        return self.worker.consumer(), hearing

    async def _outstanding(self) -> bool:
        """Whether a record has been published that one of the two has not handled."""
        async with self.database.transaction() as connection:
            for consumer in self._consumers:
                values = {"consumer": consumer.name, "topics": list(consumer.topics), "types": list(consumer.types)}
                if await connection.scalar(_OUTSTANDING, values):
                    return True
        return False

    async def advance(self, **by: float) -> datetime:
        """Let time pass, fire what became due, let the worker work."""
        self.clock.advance(timedelta(**by))
        await self.ticker.tick()
        await self.settle()
        return self.clock()

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET."""
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(self, task_id: str, action: str, staff_id: str, **body: Any) -> Any:
        """A person acts on a task; the worker follows."""
        answer = await self.client.post(f"/v1/tasks/{task_id}/{action}", json={"staff_id": staff_id, **body})
        assert answer.status_code == 200, answer.text
        await self.settle()
        return answer.json()

    async def contact(self, status: int = 201, **body: Any) -> Any:
        """Record a contact."""
        answer = await self.client.post("/v1/contacts", json={"dealer_id": DEALER, **body})
        assert answer.status_code == status, answer.text
        await self.settle()
        return answer.json()

    async def tasks(self, **filters: Any) -> list[dict[str, Any]]:
        """The tasks that fit, in the list's order."""
        return list((await self.get("/v1/tasks", dealer_id=DEALER, limit=200, **filters))["items"])

    async def task(self, entry: str, **filters: Any) -> dict[str, Any]:
        """The one task of an entry."""
        (found,) = [task for task in await self.tasks(**filters) if task["entry"] == entry]
        return found

    async def timers(self, **filters: Any) -> dict[str, dict[str, Any]]:
        """The timers that fit, by rule."""
        items = (await self.get("/v1/sla/timers", dealer_id=DEALER, **filters))["items"]
        return {timer["rule"]: timer for timer in items}

    async def timers_of(self, rule: str) -> list[dict[str, Any]]:
        """Every timer of a rule, by due time."""
        return list((await self.get("/v1/sla/timers", dealer_id=DEALER, rule=rule, limit=200))["items"])

    async def sla_records(self) -> list[tuple[str, str]]:
        """What was said of timers: rule and kind, in order."""
        async with self.database.transaction() as connection:
            query = select(outbox).where(outbox.c.topic == "handoff.sla.v1").order_by(outbox.c.seq)
            rows = (await connection.execute(query)).mappings()
            return [(row["payload"]["rule"], row["type"].split(".")[2]) for row in rows]

    async def rows(self, statement: Any) -> list[Mapping[str, Any]]:
        """Rows of a statement of the test's own."""
        async with self.database.transaction() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

    async def vehicle(self, vin: str) -> Mapping[str, Any]:
        """A vehicle's record."""
        (row,) = await self.rows(select(vehicle.c.record).where(vehicle.c.vin == vin))
        return dict(row["record"])


def _present(staff_id: str, roles: list[str]) -> dict[str, Any]:
    return {"name": staff_id, "roles": roles, "presence": "present"}
