"""One dealer, its people and customers, the worker and the notifier on a movable clock, and a real mail server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text

from handoff_worker.routing.consumer import Worker
from harness.clocks import MovableClock
from harness.smtp_server import MailServer
from notifier.channels.email import EmailChannel, Server
from notifier.consumers.consumer import Hearing
from notifier.context import Means
from notifier.dispatch.dispatcher import Channel, Dispatcher
from notifier.planning.deferred import release_held
from notifier.planning.staff_messages import plan_spoken
from notifier.timers.scheduler import Ticked, Ticker
from shared.commands.change_task import act
from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import Database, lock_keys, record_key
from shared.db.schema import (
    customer,
    dealer,
    journey_event,
    notification,
    notification_attempt,
    outbox,
    staff,
    task,
)
from shared.ids import new_id
from shared.lifecycle import Command
from shared.messaging import outbox as publishing
from shared.messaging.bus import Record, journey_record
from shared.messaging.consumer import Consumer
from shared.messaging.inbox import first_deliveries
from shared.people.staff import directory
from shared.playbook.ruleset.entries import Playbook

DEALER = "lisboa-01"
SENDER = "no-reply@lisboa.example"
OFFICE_HOURS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "SA-1": {"roles": ["service_advisor"]},
    "PS-1": {"roles": ["product_specialist"]},
    "PS-2": {"roles": ["product_specialist"]},
    "SP-1": {"roles": ["salesperson"]},
    "SM-1": {"roles": ["sales_manager"]},
    "VM-1": {"roles": ["service_manager"]},
    "GD-1": {"roles": ["general_director"]},
    "CX-1": {"roles": ["client_experience_manager"]},
}

_NEW = text(
    """
    select o.*, e.data as event_data from outbox o left join journey_event e on e.event_id = o.event_id
     where o.seq > :after order by o.seq
    """
)


@dataclass
class SteppedServices:
    """The services as their processes run them, one step at a time. `real` is the real time that attempts follow."""

    database: Database
    clock: MovableClock
    real: MovableClock
    playbook: Playbook
    mail: MailServer
    channels: dict[str, Channel] = field(default_factory=dict)
    send_timeout: timedelta = timedelta(seconds=5)
    public_url: str = ""
    _read_to: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.mail is not None and not self.channels:
            self.channels["email"] = self.email()
        self.ticker = Ticker(self.database, self.clock)

    def email(self, **given: Any) -> EmailChannel:
        """A channel to the mail server."""
        return EmailChannel(Server("127.0.0.1", self.mail.port), SENDER, self.clock, **given)

    @property
    def means(self) -> Means:
        """What there is to send with."""
        return Means(frozenset(self.channels), self.public_url)

    def dispatcher(self) -> Dispatcher:
        """Another sender on the same database."""
        return Dispatcher(self.database, self.channels, self.means, self.clock, self.real, self.send_timeout)

    async def open_dealer(self, people: Mapping[str, Mapping[str, Any]] = PEOPLE, **record: Any) -> None:
        """The dealer, in Lisbon and open from nine to six on weekdays, and its people, each with an e-mail address."""
        about = {
            "name": "Lisboa Motors",
            "time_zone": "Europe/Lisbon",
            "calendars": {"default": {"week": OFFICE_HOURS}},
        }
        await self.insert(dealer, record={**about, **record})
        for staff_id, person in people.items():
            address = {"channels": [{"kind": "email", "address": f"{staff_id.lower()}@lisboa.example"}]}
            await self.insert(staff, staff_id=staff_id, record={"name": f"Person {staff_id}", **address, **person})

    async def add_customer(self, customer_id: str = "C-1", **record: Any) -> None:
        """A customer with a verified e-mail address, unless said otherwise."""
        channels = [{"kind": "email", "address": "ana@example.pt", "verified": True}]
        await self.insert(
            customer, customer_id=customer_id, record={"name": "Ana Sousa", "channels": channels, **record}
        )

    async def change_customer(self, customer_id: str = "C-1", **record: Any) -> None:
        """Change what a customer's record says."""
        async with self.database.transaction() as connection:
            mine = customer.c.customer_id == customer_id
            before = await connection.scalar(select(customer.c.record).where(mine))
            await connection.execute(customer.update().where(mine).values(record={**(before or {}), **record}))

    async def insert(self, table: Any, **row: Any) -> None:
        """A record as a PUT would leave it."""
        values = {"dealer_id": DEALER, "version": 1, "created_at": self.clock(), "updated_at": self.clock(), **row}
        async with self.database.transaction() as connection:
            await connection.execute(insert(table).values(values))

    async def post_event(self, customer_id: str | None = "C-1", *, at: datetime | None = None, **data: Any) -> str:
        """An event as intake stores it; nobody has heard of it yet."""
        event_id, now = new_id(), self.clock()
        about = {"dealer_id": DEALER, "customer_id": customer_id, "observed_by": {"role": "service_advisor"}, **data}
        row = {
            "event_id": event_id,
            "dealer_id": DEALER,
            "source": "/dms",
            "id": event_id,
            "customer_id": customer_id,
            "step": data.get("step"),
            "occurred_at": at or now,
            "received_at": now,
            "intent": data.get("intent", "live"),
            "data": about,
            "content_hash": b"",
        }
        async with self.database.transaction() as connection:
            await connection.execute(insert(journey_event).values(row))
            record = journey_record(event_id, DEALER, customer_id, at or now)
            await publishing.append(connection, [record])
        return event_id

    async def post_infotainment_message(self, **given: Any) -> str:
        """A message about the infotainment, in the second month of the vehicle."""
        about = {"step": 13, "channel": "message", "topics": ["infotainment"], **given}
        return await self.post_event(**{"occurrences": ["early_ownership_problem_reported"], **about})

    async def tick(self) -> Ticked:
        """Fire one batch of what is due."""
        return await self.ticker.tick()

    async def close(self) -> None:
        """Close the channels."""
        for channel in self.channels.values():
            await channel.close()

    async def route(self) -> bool:
        """Let the worker handle what it has not heard yet; answers whether there was anything."""
        return await self._handle(Worker(self.playbook, self.clock).consumer())

    async def notify(self) -> bool:
        """Let the notifier handle what it has not heard yet; answers whether there was anything."""
        return await self._handle(Hearing(self.means, self.clock, self.real).consumer())

    async def deliver(self) -> int:
        """Plan what people said, release what is due, send what is queued; answers how many attempts were made."""
        await plan_spoken(self.database, self.means, self.clock, self.real)
        await release_held(self.database, self.means, self.clock, self.real)
        dispatcher, sent = self.dispatcher(), 0
        while claimed := await dispatcher.step():
            await dispatcher.finish()
            sent += claimed
        return sent

    async def settle(self) -> None:
        """Let everybody work until nothing is left to do now."""
        while await self.route() or await self.notify() or await self.deliver():
            pass

    async def advance(self, **by: float) -> None:
        """Let domain and real time pass, fire what became due, let everybody work."""
        self.clock.advance(timedelta(**by))
        self.real.advance(timedelta(**by))
        while (await self.ticker.tick()).claimed:
            pass
        await self.settle()

    async def act(self, task_id: str, action: Any, staff_id: str, **given: Any) -> None:
        """A person acts on a task."""
        async with self.database.transaction() as connection:
            actor = (await directory(connection, DEALER)).actor(staff_id)
            assert actor is not None
            await act(connection, DEALER, task_id, Command(action=action, **given), actor, self.clock())

    async def answer_customer(self, **given: Any) -> None:
        """A person answers the customer."""
        said = {"customer_id": "C-1", "channel": "email", "kind": "answer", "staff_id": "SA-1", **given}
        new = NewContact(dealer_id=DEALER, direction="outbound", at=self.clock(), **said)
        async with self.database.transaction() as connection:
            await lock_keys(connection, [record_key(DEALER, new.customer_id)])
            await record_contact(connection, new, self.clock())

    async def tasks(self, entry: str | None = None) -> list[dict[str, Any]]:
        """The tasks there are, of an entry."""
        rows = await self.rows(select(task).order_by(task.c.created_at, task.c.task_id))
        return [row for row in rows if entry in (None, row["entry"])]

    async def notifications(self, message: str | None = None) -> list[dict[str, Any]]:
        """The notifications there are, in the order they were made."""
        rows = await self.rows(select(notification).order_by(notification.c.notification_id))
        return [row for row in rows if message in (None, row["message"])]

    async def statuses(self, message: str) -> list[tuple[str | None, str]]:
        """Channel and status of each notification of a kind."""
        return [(row["channel"], row["status"]) for row in await self.notifications(message)]

    async def attempts(self) -> list[tuple[int, str, str | None]]:
        """Number, status and code of each attempt."""
        rows = await self.rows(select(notification_attempt).order_by(notification_attempt.c.attempt_id))
        return [(row["number"], row["status"], row["code"]) for row in rows]

    async def records(self, topic: str) -> list[str]:
        """The kinds of records on a topic, in order."""
        rows = await self.rows(select(outbox.c.type).where(outbox.c.topic == topic).order_by(outbox.c.seq))
        return [row["type"].split(".")[2] for row in rows]

    async def rows(self, statement: Any) -> list[dict[str, Any]]:
        """Rows of a statement."""
        async with self.database.transaction() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

    async def _handle(self, consumer: Consumer) -> bool:
        after = self._read_to.get(consumer.name, 0)
        async with self.database.transaction() as connection:
            rows = (await connection.execute(_NEW, {"after": after})).all()
        records = [record for record in map(_record, rows) if record.type in consumer.types]
        if rows:
            self._read_to[consumer.name] = rows[-1].seq
        if records:
            await self._act(consumer, records)
        return bool(rows)

    async def _act(self, consumer: Consumer, records: Sequence[Record]) -> None:
        async with self.database.transaction() as connection:
            new = await first_deliveries(connection, consumer.name, records)
            await consumer.handle(connection, [record for record in records if record.identity in new])


def _record(row: Any) -> Record:
    data = row.payload if row.payload is not None else row.event_data or {}
    return Record(
        row.topic, row.key, row.dealer_id, row.record_id, row.type, row.source, row.occurred_at, data, row.event_id
    )
