"""Worker and notifier with telephones besides e-mail: SMS and WhatsApp gateways and what their providers report."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import insert, select, update

from harness.dealership import CUSTOMER, DEALER
from harness.gateways import Gateway, Taken
from harness.stepped_services import SteppedServices
from notifier.channels.sms import SmsAccount, SmsChannel
from notifier.channels.whatsapp import WhatsAppAccount, WhatsAppChannel
from shared.db.schema import (
    contact,
    customer,
    inbound_message,
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
class GatewayServices(SteppedServices):
    """The services with every channel a customer can be reached by. `other` is a second provider of SMS."""

    sms: Gateway = field(kw_only=True)
    other: Gateway = field(kw_only=True)
    whatsapp: Gateway = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        account = SmsAccount("AC1", "secret", "+351210000000", "https://handoff.example")
        number = WhatsAppAccount(self.whatsapp.url, "secret", "555")
        real = self.real
        urls = (self.sms.url, self.other.url)
        self.channels["sms"] = SmsChannel(urls, account, real, timeout=QUICK)
        self.channels["whatsapp"] = WhatsAppChannel(number, real, timeout=QUICK)

    async def plan_status_message(self, *kinds: str, **record: Any) -> None:
        """A message about a repair to a customer with these channels, in this order; planned, and not sent yet.

        `record`: more of the dealer's.
        """
        channels = [{"kind": kind, "address": ADDRESSES[kind], "verified": True} for kind in kinds]
        await self.open_dealer(**record)
        await self.add_customer(channels=channels)
        await self.post_repair_status()
        await self.route()
        await self.notify()

    async def report_delivery(self, taken: Taken | str, *statuses: str, code: str | None = None) -> None:
        """A provider's reports on a message, as the callbacks leave them; nobody has applied them yet."""
        attempt_id = taken if isinstance(taken, str) else taken.attempt_id
        async with self.database.transaction() as connection:
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
                    "wall_clock_at": self.real(),
                }
                await connection.execute(insert(receipt).values(row))

    async def receive_from_customer(self, channel: str = "message") -> None:
        """The customer writes or calls; recorded as a contact."""
        await self.contact(direction="inbound", channel=channel)

    async def speak_with_customer(self) -> None:
        """Somebody has spoken with the customer, and says so."""
        spoken = {"channel": "telephone", "kind": "update", "outcome": "spoke", "staff_id": "SA-1"}
        await self.contact(direction="outbound", **spoken)

    async def let_senders_wait(self) -> None:
        """Let those who wait for an answer go on waiting for a moment."""
        await asyncio.sleep(0.01)

    async def suppress_channel(self, kind: str) -> None:
        """The customer wants no more by a channel."""
        hashed = address_hash(kind, ADDRESSES[kind])
        async with self.database.transaction() as connection:
            await suppress(connection, DEALER, kind, hashed, "stop", self.clock())

    async def receive_whatsapp(self, ago: timedelta = timedelta(0)) -> None:
        """The customer wrote on WhatsApp so long ago."""
        row = {
            "channel": "whatsapp",
            "reference": new_id(),
            "dealer_id": DEALER,
            "customer_id": CUSTOMER,
            "address_hash": address_hash("whatsapp", NUMBER),
            "at": self.clock() - ago,
        }
        async with self.database.transaction() as connection:
            await connection.execute(insert(inbound_message).values(row))

    async def record_inbound_sms(self) -> None:
        """What the customer said was handed over by the provider of SMS."""
        async with self.database.transaction() as connection:
            row = {
                "channel": "sms",
                "reference": new_id(),
                "dealer_id": DEALER,
                "customer_id": CUSTOMER,
                "contact_id": await connection.scalar(select(contact.c.contact_id)),
                "address_hash": address_hash("sms", NUMBER),
                "at": self.clock(),
            }
            await connection.execute(insert(inbound_message).values(row))

    async def mark_unreachable(self) -> None:
        """No channel has reached the customer."""
        async with self.database.transaction() as connection:
            await connection.execute(update(customer).values(unreachable=True))

    async def cancel_reasons(self, task_id: str) -> list[str]:
        """Why a task was cancelled."""
        mine = (task_event.c.task_id == task_id) & (task_event.c.action == "cancelled")
        return [row["reason"] for row in await self.rows(select(task_event.c.reason).where(mine))]

    async def is_unreachable(self) -> bool:
        """Whether the customer is marked."""
        (row,) = await self.rows(select(customer.c.unreachable))
        return bool(row["unreachable"])

    async def complete_task(self, entry: str, outcome: str) -> None:
        """The customer owner does the open task of an entry."""
        (task,) = [one for one in await self.tasks(entry) if one["status"] in ("offered", "accepted")]
        await self.act(task["task_id"], "accept", task["offered_to"])
        await self.act(task["task_id"], "complete", task["offered_to"], outcome=outcome)
        await self.settle()

    async def status_messages(self) -> list[tuple[str | None, str, str | None]]:
        """Channel, status and code of each notification of the message, in order."""
        return [(row["channel"], row["status"], row["code"]) for row in await self.notifications("STATUS")]
