"""The providers of the tests: they sign as the real ones do, and speak of messages that were sent."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx
from sqlalchemy import insert, select

from harness.dealership import CUSTOMER, DEALER, Dealership
from harness.provider_signatures import hub_signature, twilio_signature
from journey_api.settings import ApiSettings
from shared.db.schema import contact, customer, notification, notification_attempt, receipt, suppression
from shared.ids import new_id

PUBLIC = "https://handoff.example/callers"
BOOTSTRAP = "bootstrap-key-of-the-tests"
OTHER_DEALER = "porto-01"
NUMBER = "+351912345678"
MAIL = "ana@example.pt"
SETTINGS = ApiSettings(
    bootstrap_key=BOOTSTRAP,
    public_url=PUBLIC,
    sms_token="twilio-token",
    whatsapp_app_secret="app-secret",
    whatsapp_verify_token="verify-token",
    email_callback_secret="mail-secret",
    reply_domain="reply.example",
)


def twilio_headers(path: str, form: dict[str, str], token: str = "twilio-token") -> dict[str, str]:
    """The headers of a form that Twilio posts."""
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": twilio_signature(PUBLIC + path, form, token),
    }


async def post_form(client: httpx.AsyncClient, path: str, headers: Any = None, **form: str) -> httpx.Response:
    """Post a form, signed unless headers are given."""
    return await client.post(path, content=urlencode(form), headers=headers or twilio_headers(path, form))


async def post_hub(client: httpx.AsyncClient, document: Any, **headers: str) -> httpx.Response:
    """Post a WhatsApp notification, signed unless headers say otherwise; bytes as they are."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    given = {"content-type": "application/json", "x-hub-signature-256": hub_signature(raw, "app-secret"), **headers}
    return await client.post("/v1/callbacks/whatsapp", content=raw, headers=given)


def hub_document(*, statuses: Any = None, messages: Any = None) -> dict[str, Any]:
    """A notification as WhatsApp sends it."""
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1065"}}
    value |= {"statuses": statuses} if statuses is not None else {}
    value |= {"messages": messages} if messages is not None else {}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1022", "changes": [{"field": "messages", "value": value}]}],
    }


class Records(Dealership):
    """What the tables say, and what was sent before."""

    async def know(self, customer_id: str = CUSTOMER, dealer_id: str = DEALER, **addresses: str) -> None:
        """A customer with an address of each of these kinds."""
        channels = [{"kind": kind, "address": address, "verified": True} for kind, address in addresses.items()]
        record = {"name": "Ana", "channels": channels}
        await self.insert(customer, {"dealer_id": dealer_id, "customer_id": customer_id, "record": record})

    async def send(
        self,
        channel: str = "sms",
        address: str = NUMBER,
        reference: str | None = "SM1",
        *,
        dealer_id: str = DEALER,
        status: str = "sent",
        at: datetime | None = None,
        customer_id: str = CUSTOMER,
    ) -> str:
        """A message that was handed over; answers the id of its attempt."""
        now, notification_id, attempt_id = at or self.clock(), new_id(), new_id()
        row = {
            "notification_id": notification_id,
            "dealer_id": dealer_id,
            "customer_id": customer_id,
            "message": "STATUS",
            "purpose": "service",
            "channel": channel,
            "address": address,
            "status": status,
            "dedupe_key": notification_id,
            "attempt_count": 1,
            "created_at": now,
            "updated_at": now,
        }
        attempt = {
            "attempt_id": attempt_id,
            "dealer_id": dealer_id,
            "notification_id": notification_id,
            "number": 1,
            "channel": channel,
            "provider_ref": reference,
            "status": "accepted",
            "at": now,
            "wall_clock_at": now,
        }
        async with self.database.transaction() as connection:
            await connection.execute(insert(notification).values(row))
            await connection.execute(insert(notification_attempt).values(attempt))
        return attempt_id

    async def receipts(self) -> list[tuple[str, str, str | None]]:
        """Attempt, status and code of each receipt, in order."""
        columns = receipt.c
        rows = await self.rows(select(columns.attempt_id, columns.status, columns.code).order_by(columns.receipt_id))
        return [tuple(row.values()) for row in rows]

    async def contacts(self) -> list[dict[str, Any]]:
        """The contacts there are."""
        return await self.rows(select(contact).order_by(contact.c.contact_id))

    async def closed(self) -> list[tuple[str, str, str]]:
        """Dealer, channel and reason of each closed address."""
        columns = suppression.c
        rows = await self.rows(select(columns.dealer_id, columns.channel, columns.reason).order_by(columns.dealer_id))
        return [tuple(row.values()) for row in rows]
