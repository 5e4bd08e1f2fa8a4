"""The post services with telephones: SMS and WhatsApp gateways, providers' reports, patience, proofs of contact."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import insert, select, update

from harness.gateways import Gateway, Taken
from harness.stepped_services import DEALER, SteppedServices
from notifier.channels.sms import SmsAccount, SmsChannel
from notifier.channels.whatsapp import WhatsAppAccount, WhatsAppChannel
from notifier.delivery.provider_receipts import apply_receipts
from notifier.delivery.unconfirmed import Listener
from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import lock_keys, record_key
from shared.db.schema import (
    contact,
    customer,
    inbound_message,
    journey_case,
    notification_attempt,
    receipt,
    task_event,
)
from shared.ids import new_id
from shared.people.addresses import address_hash
from shared.people.suppressions import suppress

NUMBER = "+351911111111"
QUICK = httpx.Timeout(10, read=1.5)
ADDRESSES: Mapping[str, str] = {
    "sms": NUMBER,
    "whatsapp": NUMBER,
    "email": "ana@example.pt",
    "telephone": NUMBER,
    "post": "Rua A 1, Lisboa",
}


@dataclass
class GatewayServices:
    """Everything a customer can be reached by. `other` is a second provider of SMS."""

    services: SteppedServices
    sms: Gateway
    other: Gateway
    whatsapp: Gateway

    def __post_init__(self) -> None:
        account = SmsAccount("AC1", "secret", "+351210000000", "https://handoff.example")
        number = WhatsAppAccount(self.whatsapp.url, "secret", "555")
        real = self.services.real
        urls = (self.sms.url, self.other.url)
        self.services.channels["sms"] = SmsChannel(urls, account, real, timeout=QUICK)
        self.services.channels["whatsapp"] = WhatsAppChannel(number, real, timeout=QUICK)

    async def owe_status(self, *kinds: str) -> None:
        """A message about a repair to a customer with these channels, in this order; planned, and not sent yet."""
        channels = [{"kind": kind, "address": ADDRESSES[kind], "verified": True} for kind in kinds]
        await self.services.open_dealer()
        await self.services.add_customer(channels=channels)
        await self.services.post_event(step=17, occurrences=["repair_status_changed"], topics=["repair"])
        await self.services.route()
        await self.services.notify()

    async def work(self) -> None:
        """Let everybody work until nothing is left to do now."""
        services = self.services
        listener = Listener(services.database, services.channels, services.means, services.clock, services.real)
        while True:
            await services.settle()
            heard = await apply_receipts(services.database, services.means, services.clock, services.real)
            if not heard + await listener.give_up_silent():
                return

    async def advance(self, **by: float) -> None:
        """Let domain and real time pass, and everybody work."""
        self.services.clock.advance(timedelta(**by))
        self.services.real.advance(timedelta(**by))
        await self.work()

    async def report(self, taken: Taken | str, *statuses: str, code: str | None = None) -> None:
        """A provider's reports on a message, as the callbacks leave them; nobody has applied them yet."""
        attempt_id = taken if isinstance(taken, str) else taken.attempt_id
        async with self.services.database.transaction() as connection:
            mine = notification_attempt.c.attempt_id == attempt_id
            found = await connection.scalar(select(notification_attempt.c.notification_id).where(mine))
            for status in statuses:
                row = {
                    "receipt_id": new_id(),
                    "dealer_id": DEALER,
                    "notification_id": found or "nobody",
                    "attempt_id": attempt_id,
                    "status": status,
                    "code": code,
                    "real_at": self.services.real(),
                }
                await connection.execute(insert(receipt).values(row))

    async def hear_from_customer(self, channel: str = "message") -> None:
        """The customer writes or calls; recorded as a contact."""
        said = NewContact(
            dealer_id=DEALER, customer_id="C-1", direction="inbound", channel=channel, at=self.services.clock()
        )
        await self._contact(said)

    async def speak_with_customer(self) -> None:
        """Somebody has spoken with the customer, and says so."""
        said = NewContact(
            dealer_id=DEALER,
            customer_id="C-1",
            direction="outbound",
            channel="telephone",
            kind="update",
            outcome="spoke",
            staff_id="SA-1",
            at=self.services.clock(),
        )
        await self._contact(said)

    async def hear_nothing(self) -> None:
        """Let those who wait for an answer go on waiting for a moment."""
        await asyncio.sleep(0.01)

    async def stop_messages(self, kind: str) -> None:
        """The customer wants no more by a channel."""
        hashed = address_hash(kind, ADDRESSES[kind])
        async with self.services.database.transaction() as connection:
            await suppress(connection, DEALER, kind, hashed, "stop", self.services.clock())

    async def hear_on_whatsapp(self, ago: timedelta = timedelta(0)) -> None:
        """The customer wrote on WhatsApp so long ago."""
        row = {
            "channel": "whatsapp",
            "reference": new_id(),
            "dealer_id": DEALER,
            "customer_id": "C-1",
            "address_hash": address_hash("whatsapp", NUMBER),
            "at": self.services.clock() - ago,
        }
        async with self.services.database.transaction() as connection:
            await connection.execute(insert(inbound_message).values(row))

    async def say_it_came_by_sms(self) -> None:
        """What the customer said was handed over by the provider of SMS."""
        async with self.services.database.transaction() as connection:
            row = {
                "channel": "sms",
                "reference": new_id(),
                "dealer_id": DEALER,
                "customer_id": "C-1",
                "contact_id": await connection.scalar(select(contact.c.contact_id)),
                "address_hash": address_hash("sms", NUMBER),
                "at": self.services.clock(),
            }
            await connection.execute(insert(inbound_message).values(row))

    async def mark_unreachable(self) -> None:
        """No channel has reached the customer."""
        async with self.services.database.transaction() as connection:
            await connection.execute(update(customer).values(unreachable=True))

    async def close_cases(self) -> None:
        """Whatever was open is closed."""
        async with self.services.database.transaction() as connection:
            await connection.execute(update(journey_case).values(status="closed"))

    async def reasons(self, task_id: str) -> list[str]:
        """Why a task was cancelled."""
        mine = (task_event.c.task_id == task_id) & (task_event.c.action == "cancelled")
        return [row["reason"] for row in await self.services.rows(select(task_event.c.reason).where(mine))]

    async def unreachable(self) -> bool:
        """Whether the customer is marked."""
        (row,) = await self.services.rows(select(customer.c.unreachable))
        return bool(row["unreachable"])

    async def complete(self, entry: str, outcome: str) -> None:
        """The customer owner does the open task of an entry."""
        (task,) = [one for one in await self.services.tasks(entry) if one["status"] in ("offered", "accepted")]
        await self.services.act(task["task_id"], "accept", task["offered_to"])
        await self.services.act(task["task_id"], "complete", task["offered_to"], outcome=outcome)
        await self.work()

    async def statuses(self) -> list[tuple[str | None, str, str | None]]:
        """Channel, status and code of each notification of the message, in order."""
        return [(row["channel"], row["status"], row["code"]) for row in await self.services.notifications("STATUS")]

    async def _contact(self, said: NewContact) -> Any:
        async with self.services.database.transaction() as connection:
            await lock_keys(connection, [record_key(DEALER, said.customer_id)])
            await record_contact(connection, said, self.services.clock())
