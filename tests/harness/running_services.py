"""All services on a movable clock: post what happens, let them work as their mains say, look at what they made."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import httpx
from sqlalchemy import cast, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from harness.dealership import DEALER, Dealership
from harness.names import EASY_ACCESS
from harness.people import ALL_DAY, ONE_IN_EVERY_ROLE, People
from harness.published import record_of
from harness.service_loops import ServiceLoops
from shared.db.schema import dealer, outbox, vehicle
from shared.ids import new_id
from shared.process.shutdown import pause

SERVICE_ADVISOR = "S-service_advisor"
FAULT: dict[str, Any] = {
    "customer_id": "C-1",
    "step": EASY_ACCESS,
    "observed_by": {"role": "service_advisor", "staff_id": SERVICE_ADVISOR},
    "topics": ["infotainment"],
    "channel": "message",
    "vehicle": {"vin": "V-1", "delivered_on": "2026-10-05"},
    "facts": {"contact": {"first_receiver": "after_sales"}},
}
"""A customer's message about it, seen by the service advisor: a task of the product specialist."""

_OUTSTANDING = text(
    """
    select c.name as consumer, o.*, e.data as event_data
      from jsonb_to_recordset(cast(:consumers as jsonb)) as c(name text, topics text[], types text[])
      join outbox o on o.topic = any(c.topics) and o.type = any(c.types)
      left join journey_event e on e.event_id = o.event_id
     where o.seq > :read_to
       and not exists (select from inbox i
                        where i.consumer = c.name and i.source = o.source and i.id = o.record_id)
    """
)
_SETTLES_WITHIN = 60
_LOOK_AGAIN = timedelta(milliseconds=5)


@dataclass
class RunningServices(Dealership):
    """One dealer with everybody at work. `client` may do everything; `caller` has no key, as providers have none."""

    client: httpx.AsyncClient
    caller: httpx.AsyncClient
    loops: ServiceLoops
    _leaving: asyncio.Event = field(default_factory=asyncio.Event)
    _read_to: int = 0
    """All records up to this one of the outbox have been handled."""

    team: ClassVar[People] = ONE_IN_EVERY_ROLE
    about: ClassVar[Mapping[str, Any]] = {**Dealership.about, "calendars": {"default": {"week": ALL_DAY}}}

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Records are read inside the context, as they come; jobs are run by `settle`."""
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(loop(self._leaving)) for loop in self.loops.unscheduled]
            try:
                yield
            finally:
                self._leaving.set()
                # everything is settled: a reader that listens for more need not be waited for
                for loop in working:
                    loop.cancel()

    async def settle(self) -> None:
        """Let worker and notifier handle what is published, and do what is due, until there is no more."""
        async with asyncio.timeout(_SETTLES_WITHIN):
            await self._until_read()
            while await self.loops.run_jobs():
                await self._until_read()

    async def _until_read(self) -> None:
        while await self._outstanding():
            await pause(self._leaving, _LOOK_AGAIN)

    async def _outstanding(self) -> bool:
        """Whether a record has been published that one of its readers wants and has not handled."""
        readers = {one.name: one for one in self.loops.consumers}
        described = [{"name": name, "topics": [*one.topics], "types": [*one.types]} for name, one in readers.items()]
        async with self.database.transaction() as connection:
            published = await connection.scalar(select(func.coalesce(func.max(outbox.c.seq), 0)))
            # seen later than `published`: what came of a record that was handled in between is looked at too
            values = {"consumers": json.dumps(described), "read_to": self._read_to}
            rows = (await connection.execute(_OUTSTANDING, values)).all()
        if any(readers[row.consumer].wants(record_of(row)) for row in rows):
            return True
        self._read_to = published
        return False

    async def advance(self, **by: float) -> datetime:
        """Let time pass and the services work; answers the new present."""
        self.clock.advance(timedelta(**by))
        await self.settle()
        return self.clock()

    async def rewrite_dealer(self, **record: Any) -> None:
        """The dealer's record as a restored backup leaves it: changed, and of the same version."""
        kept = dealer.c.record.op("||")(cast(record, JSONB))
        async with self.database.transaction() as connection:
            await connection.execute(update(dealer).where(dealer.c.dealer_id == self.dealer_id).values(record=kept))

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

    async def act(self, task_id: str, action: str, staff_id: str, **body: Any) -> Any:
        """A person acts on a task; the services follow."""
        return await self._post(f"/v1/tasks/{task_id}/{action}", 200, {"staff_id": staff_id, **body})

    async def contact(self, status: int = 201, **body: Any) -> Any:
        """Record a contact."""
        return await self._post("/v1/contacts", status, {"dealer_id": self.dealer_id, **body})

    async def write_message(self, **given: Any) -> str:
        """The service advisor writes to the customer; answers the notification's id."""
        body = {"staff_id": SERVICE_ADVISOR, "kind": "answer", "text": "The part has come.", **given}
        return str((await self._post("/v1/messages", 202, body))["notification_id"])

    async def _post(self, path: str, status: int, body: Mapping[str, Any]) -> Any:
        answer = await self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        await self.settle()
        return answer.json()

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET."""
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tasks(self, **filters: Any) -> list[dict[str, Any]]:
        """The tasks that fit, in the list's order."""
        return list((await self.get("/v1/tasks", dealer_id=self.dealer_id, limit=200, **filters))["items"])

    async def task(self, entry: str, **filters: Any) -> dict[str, Any]:
        """The one task of an entry."""
        (found,) = [task for task in await self.tasks(**filters) if task["entry"] == entry]
        return found

    async def timers(self, **filters: Any) -> dict[str, dict[str, Any]]:
        """The timers that fit, by rule."""
        items = (await self.get("/v1/sla/timers", dealer_id=self.dealer_id, **filters))["items"]
        return {timer["rule"]: timer for timer in items}

    async def timers_of(self, rule: str) -> list[dict[str, Any]]:
        """Every timer of a rule, by due time."""
        return list((await self.get("/v1/sla/timers", dealer_id=self.dealer_id, rule=rule, limit=200))["items"])

    async def notifications(self) -> list[dict[str, Any]]:
        """The notifications as operations see them, the newest first."""
        return list((await self.get("/v1/notifications", dealer_id=self.dealer_id, limit=200))["items"])

    async def notification(self, notification_id: str) -> dict[str, Any]:
        """One notification as operations see it."""
        (found,) = [one for one in await self.notifications() if one["notification_id"] == notification_id]
        return found

    async def statuses(self, message: str) -> list[tuple[str | None, str]]:
        """Channel and status of the notifications of a kind, the oldest first."""
        found = reversed(await self.notifications())
        return [(one["channel"], one["status"]) for one in found if one["message"] == message]

    async def sla_records(self) -> list[tuple[str, str]]:
        """What was published of timers: rule and kind, in order."""
        rows = await self.rows(select(outbox).where(outbox.c.type.like("handoff.sla.%")).order_by(outbox.c.seq))
        return [(row["payload"]["rule"], row["type"].split(".")[2]) for row in rows]

    async def vehicle(self, vin: str) -> Mapping[str, Any]:
        """A vehicle's record."""
        (row,) = await self.rows(select(vehicle.c.record).where(vehicle.c.vin == vin))
        return dict(row["record"])
