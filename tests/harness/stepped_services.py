"""Worker and notifier on a movable clock, one step at a time, with a real mail server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy import insert, select, text

from harness.bus_records import journey_record
from harness.clocks import MovableClock
from harness.dealership import CUSTOMER, Dealership
from harness.names import EARLY_PROBLEM, EASY_ACCESS, REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.people import OFFICE_HOURS, TEAM_WITH_MANAGERS, People, with_mail
from harness.published import record_of
from harness.service_loops import ServiceLoops, service_loops
from harness.smtp_server import MailServer
from notifier.channels.channel import Channel
from notifier.channels.email import EmailChannel
from notifier.channels.smtp_connections import Server
from notifier.context import ChannelConfig
from notifier.dispatch.dispatcher import Dispatcher
from notifier.timers.scheduler import TickResult, TimerScheduler
from shared.db.schema import journey_event, notification, notification_attempt, task
from shared.ids import new_id
from shared.messaging import outbox as publishing
from shared.messaging.bus import Record
from shared.messaging.consumer import Consumer, ConsumerLoop
from shared.messaging.inbox import first_deliveries
from shared.playbook.ruleset.loader import playbook
from shared.process.shutdown import Loop

SENDER = "no-reply@lisboa.example"
SEND_TIMEOUT = timedelta(seconds=5)
_NEW = text(
    """
    select o.*, e.data as event_data from outbox o left join journey_event e on e.event_id = o.event_id
     where o.seq > :after order by o.seq
    """
)


@dataclass
class SteppedServices(Dealership):
    """The services as their processes run them. `real` is the real time that attempts follow.

    Set channels and the public address before anything works: the loops are assembled when first needed.
    """

    real: MovableClock
    mail: MailServer
    channels: dict[str, Channel] = field(default_factory=dict)
    public_url: str = ""
    reply_domain: str = ""
    _read_to: dict[str, int] = field(default_factory=dict)

    team: ClassVar[People] = with_mail(TEAM_WITH_MANAGERS)
    about: ClassVar[Mapping[str, Any]] = {**Dealership.about, "calendars": {"default": {"week": OFFICE_HOURS}}}

    def __post_init__(self) -> None:
        self.channels["email"] = self.email()
        self.ticker = TimerScheduler(self.database, self.clock)

    def email(self, **given: Any) -> EmailChannel:
        """A channel to the mail server."""
        return EmailChannel(Server("127.0.0.1", self.mail.port), SENDER, self.clock, **given)

    async def close(self) -> None:
        """Close the channels."""
        for channel in self.channels.values():
            await channel.close()

    @property
    def config(self) -> ChannelConfig:
        """What there is to send with."""
        return ChannelConfig(playbook(), frozenset(self.channels), self.public_url, self.reply_domain)

    @cached_property
    def loops(self) -> ServiceLoops:
        """The loops of both mains."""
        return service_loops(
            self.database, self.clock, self.channels, self.real, self.public_url, reply_domain=self.reply_domain
        )

    def dispatcher(self) -> Dispatcher:
        """Another sender on the same database."""
        return Dispatcher(self.database, self.channels, self.config, self.clock, self.real, SEND_TIMEOUT)

    async def open_dealer(self, people: People | None = None, **record: Any) -> Any:
        """The dealer, in Lisbon and open from nine to six on weekdays, and its people, each with an e-mail address."""
        return await super().open_dealer(None if people is None else with_mail(people), **record)

    async def add_customer(self, customer_id: str = CUSTOMER, **record: Any) -> None:
        """A customer with a verified e-mail address, unless said otherwise."""
        channels = [{"kind": "email", "address": "ana@example.pt", "verified": True}]
        await super().add_customer(customer_id, **{"name": "Ana Sousa", "channels": channels, **record})

    async def post_event(self, customer_id: str | None = CUSTOMER, *, at: datetime | None = None, **data: Any) -> str:
        """An event as intake stores it; no service has read it yet."""
        event_id, now = new_id(), self.clock()
        about = {"dealer_id": self.dealer_id, "customer_id": customer_id, "observed_by": {"role": "service_advisor"}}
        row = {
            "event_id": event_id,
            "dealer_id": self.dealer_id,
            "source": "/dms",
            "id": event_id,
            "customer_id": customer_id,
            "step": data.get("step"),
            "occurred_at": at or now,
            "received_at": now,
            "intent": data.get("intent", "live"),
            "data": {**about, **data},
            "content_hash": b"",
        }
        async with self.database.transaction() as connection:
            await connection.execute(insert(journey_event).values(row))
            record = journey_record(event_id, self.dealer_id, customer_id, at or now)
            await publishing.append(connection, [record])
        return event_id

    async def post_infotainment_message(self, **given: Any) -> str:
        """A message about the infotainment, in the second month of the vehicle."""
        about = {"step": EASY_ACCESS, "channel": "message", "topics": ["infotainment"], **given}
        return await self.post_event(**{"occurrences": [EARLY_PROBLEM], **about})

    async def post_repair_status(self, **given: Any) -> str:
        """The status of a repair has changed."""
        about = {"step": REPAIR_VEHICLE, "occurrences": [REPAIR_STATUS_CHANGED], "topics": ["repair"]}
        return await self.post_event(**{**about, **given})

    async def answer_customer(self, **given: Any) -> None:
        """A person answers the customer."""
        said = {"channel": "email", "kind": "answer", "staff_id": "SA-1", **given}
        await self.contact(direction="outbound", **said)

    async def route(self) -> bool:
        """Let the worker handle what it has not read yet; answers whether there was anything."""
        return await self._read(self.loops.worker)

    async def notify(self) -> bool:
        """Let the notifier handle what it has not read yet; answers whether there was anything."""
        return await self._read(self.loops.notifier)

    async def deliver(self) -> int:
        """Plan what people wrote, release what is due, send what is queued; answers how many attempts were made."""
        await self.loops.job("staff_messages").single_pass()
        await self.loops.job("held").single_pass()
        return await self.send(self.dispatcher())

    async def send(self, dispatcher: Dispatcher) -> int:
        """Let a sender send all there is to send; answers how many attempts were made."""
        sent = 0
        while claimed := await dispatcher.send_due():
            sent += claimed
        return sent

    async def tick(self) -> TickResult:
        """Fire one batch of what is due."""
        return await self.ticker.tick()

    async def settle(self) -> None:
        """Let both services work until nothing is left to do now."""
        while await self.route() or await self.notify() or await self.loops.run_jobs():
            pass

    async def advance(self, **by: float) -> None:
        """Let domain and real time pass, and both services work."""
        self.clock.advance(timedelta(**by))
        self.real.advance(timedelta(**by))
        await self.settle()

    def read_again(self) -> None:
        """Forget how far the services have read: all records come again."""
        self._read_to.clear()

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

    async def _read(self, loops: Mapping[str, Loop]) -> bool:
        found = [await self._handle(loop.consumer) for loop in loops.values() if isinstance(loop, ConsumerLoop)]
        return any(found)

    async def _handle(self, consumer: Consumer) -> bool:
        after = self._read_to.get(consumer.name, 0)
        async with self.database.transaction() as connection:
            rows = (await connection.execute(_NEW, {"after": after})).all()
        records = [one for one in map(record_of, rows) if one.type in consumer.types and consumer.wants(one)]
        if rows:
            self._read_to[consumer.name] = rows[-1].seq
        if records:
            await self._act(consumer, records)
        return bool(rows)

    async def _act(self, consumer: Consumer, records: Sequence[Record]) -> None:
        async with self.database.transaction() as connection:
            new = await first_deliveries(connection, consumer.name, records)
            await consumer.handle(connection, [record for record in records if record.identity in new])
