"""Handoff as a contestant: its three services on a machine of their own, over PostgreSQL or over Kafka."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import asyncpg
from machine import DEALER, Machine, Service, machine, postmaster, put
from mail_sink import MailSink

ON_POSTGRES, ON_KAFKA = "Handoff on PostgreSQL", "Handoff on Kafka"
API, WORKER, NOTIFIER = "journey_api", "handoff_worker", "notifier"
PEOPLE = 20
"""Product specialists among whom the offers go round."""
_RECORD = {"name": "Bench", "time_zone": "Europe/Lisbon", "sla": {"T-46": {"duration": "PT24H"}}}
_OFFERS = "select count(*) from notification where message = 'OFFERED'"
# without a channel it ends at once, and is told of as failed
_MADE = """
    select c.customer_id, extract(epoch from min(o.wall_clock_at))::float8 as at
      from outbox o
      join journey_case c on c.dealer_id = o.dealer_id and c.case_id = o.payload ->> 'case_id'
     where o.topic = 'handoff.notifications.v1' and o.payload ->> 'message' = 'OFFERED'
     group by c.customer_id
"""
_SENT = """
    select c.customer_id, a.attempt_id
      from notification n
      join notification_attempt a using (notification_id)
      join journey_case c on c.dealer_id = n.dealer_id and c.case_id = n.case_id
     where n.message = 'OFFERED'
"""


class Handoff:
    """A running stack. Without a mail server its notifications are rows that are sent nowhere."""

    def __init__(self, name: str, place: Machine, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.name = name
        self.machine = place
        self.connection = connection
        self.sink: MailSink | None = None
        self.broker: int | None = None
        self._services: dict[str, tuple[Service, ExitStack]] = {}

    @property
    def port(self) -> int:
        """The port of the API."""
        return self._services[API][0].port

    def pid(self, module: str) -> int:
        """The process of a service."""
        return self._services[module][0].pid

    def pids(self) -> list[int]:
        """The services that run, the database, and the broker where there is one."""
        services = [service.pid for service, _ in self._services.values()]
        return [*services, postmaster(self.machine.postgres), *([self.broker] if self.broker else [])]

    async def notified(self) -> int:
        """Rows of offers told, or mails where there is a mail server."""
        return len(self.sink.arrived) if self.sink else int(await self.connection.fetchval(_OFFERS))

    async def notified_at(self) -> dict[str, float]:
        """When the notification was written, by the database's clock; when the mail server had all of it, by ours."""
        if self.sink is None:
            return {row["customer_id"]: row["at"] for row in await self.connection.fetch(_MADE)}
        sent = await self.connection.fetch(_SENT)
        arrived = {row["customer_id"]: self.sink.arrived.get(row["attempt_id"]) for row in sent}
        return {customer: at for customer, at in arrived.items() if at is not None}

    def start(self, module: str, **settings: str) -> None:
        """Start a service and wait until it is ready."""
        ends = ExitStack()
        self._services[module] = (ends.enter_context(self.machine.service(module, **settings)), ends)

    def stop(self, module: str) -> None:
        """Stop a service."""
        self._services.pop(module)[1].close()

    def stop_all(self) -> None:
        """Stop what runs."""
        for module in list(self._services):
            self.stop(module)

    async def send_mail(self) -> None:
        """From now on notifications go to a mail server."""
        self.stop(NOTIFIER)
        sink = MailSink()
        self.start(NOTIFIER, HANDOFF_SMTP_URL=await sink.start(), HANDOFF_SMTP_FROM="handoff@bench.example")
        self.sink = sink


@asynccontextmanager
async def handoff(name: str, kafka: str = "", broker: int | None = None) -> AsyncIterator[Handoff]:
    """The stack with a dealer and its people; `kafka` and `broker`: the broker's address and process."""
    with machine(kafka) as place:
        async with furnished(name, place) as stack:
            stack.broker = broker
            yield stack


@asynccontextmanager
async def furnished(name: str, place: Machine) -> AsyncIterator[Handoff]:
    """The stack on this machine, with a dealer and its people."""
    connection = await asyncpg.connect(place.address())
    stack = Handoff(name, place, connection)
    try:
        for module in (API, WORKER, NOTIFIER):
            stack.start(module)
        furnish(stack.port)
        yield stack
    finally:
        stack.stop_all()
        await connection.close()
        if stack.sink:
            stack.sink.stop()


def furnish(port: int) -> None:
    """Store the dealer and its people."""
    put(port, f"/v1/dealers/{DEALER}", _RECORD)
    for number in range(PEOPLE):
        address = {"kind": "email", "address": f"s-{number}@dealer.example"}
        person = {"name": "P", "roles": ["product_specialist"], "capacity": 10_000, "channels": [address]}
        put(port, f"/v1/dealers/{DEALER}/staff/S-{number}", person)
