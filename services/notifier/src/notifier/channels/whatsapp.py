"""WhatsApp by a Cloud-API-style interface: free words within a day of the recipient's last, else a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from notifier.channels.channel import (
    OUTSIDE_WINDOW,
    Accepted,
    Outbound,
    SendingFailed,
    Template,
    TryLater,
    Unconfirmed,
    Undeliverable,
)
from notifier.channels.http import (
    LIMITS,
    TIMEOUT,
    Reply,
    hand_over,
    leaves_doubt,
    reference_of,
    refused_for_now,
    retry_after,
    trusted_certificates,
)
from notifier.settings import NotifierSettings
from shared.channels.telephone_numbers import e164
from shared.channels.whatsapp import WINDOW_CLOSED
from shared.clock import Clock, real_now
from shared.ids import provider_code
from shared.languages.registry import language_of

TRY_LATER: Final = frozenset({"131056", "130429", "80007", "131000", "131016"})
"""Too many messages to this recipient, from this number, from this account; something went wrong; not available."""

_LONGEST_PARAM: Final = 1024


@dataclass(frozen=True, slots=True)
class WhatsAppAccount:
    """Whose number speaks: `phone_id` is the provider's id of it."""

    url: str
    token: str
    phone_id: str


def open_channel(settings: NotifierSettings, _clock: Clock) -> "WhatsAppChannel":
    """The channel of these settings. Raises ValueError for an address that is none."""
    return WhatsAppChannel(WhatsAppAccount(settings.whatsapp_url, settings.whatsapp_token, settings.whatsapp_phone_id))


class WhatsAppChannel:
    """Hands messages to the interface of a number, the dealer's own or the installation's.

    Safe for use by several tasks at once.
    """

    provider = "whatsapp"
    accepted_is_delivered = False

    def __init__(
        self, account: WhatsAppAccount, real_clock: Clock = real_now, *, timeout: httpx.Timeout = TIMEOUT
    ) -> None:
        if not account.url.startswith(("http://", "https://")):
            raise ValueError("HANDOFF_WHATSAPP_URL must be a web address")
        self._account = account
        self._clock = real_clock
        headers = {"authorization": f"Bearer {account.token}"}
        self._client = httpx.AsyncClient(headers=headers, verify=trusted_certificates(), timeout=timeout, limits=LIMITS)

    async def send(self, message: Outbound) -> Accepted:
        """Hand it over, as a template where free words are not allowed. Raises Undeliverable, TryLater, Unconfirmed."""
        to = e164(message.to, message.region)
        if to is None:
            raise Undeliverable("bad_address")
        if message.free_words:
            try:
                return await self._post(message, to, _text(message))
            except Undeliverable as refusal:
                # the window has closed by the provider's clock
                if refusal.code != WINDOW_CLOSED or message.template is None:
                    raise
        if message.template is None:
            raise Undeliverable(OUTSIDE_WINDOW)
        return await self._post(message, to, _template(message.template, message.language))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _post(self, message: Outbound, to: str, content: Mapping[str, Any]) -> Accepted:
        document = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to,
            "biz_opaque_callback_data": message.attempt_id,
            **content,
        }
        number = message.sender_address or self._account.phone_id
        url = f"{self._account.url.rstrip('/')}/{number}/messages"
        answer = await hand_over(self._client, message, url, provider=self.provider, json=document)
        return self._read(answer)

    def _read(self, answer: Reply) -> Accepted:
        body = answer.document
        if not answer.success or "error" in body:
            raise self._refusal(answer, body.get("error"))
        reference = _reference(body)
        if reference is None:
            # it says yes and nothing else
            raise Unconfirmed("no_reference", provider=self.provider)
        return Accepted(reference, str(answer.status), self.provider)

    def _refusal(self, answer: Reply, error: Any) -> SendingFailed:
        known = provider_code(error.get("code")) if isinstance(error, Mapping) else None
        code = known or str(answer.status)
        if known is None and leaves_doubt(answer.status):
            return Unconfirmed(code, provider=self.provider)
        if known in TRY_LATER or refused_for_now(answer.status):
            return TryLater(code, retry_after(answer, self._clock()), provider=self.provider)
        return Undeliverable(code, provider=self.provider)


def _text(message: Outbound) -> Mapping[str, Any]:
    return {"type": "text", "text": {"body": message.text.strip(), "preview_url": False}}


def _template(template: Template, language: str) -> Mapping[str, Any]:
    document: dict[str, Any] = {"name": template.name, "language": {"code": language_of(language).traits["whatsapp"]}}
    if template.params:
        given = [{"type": "text", "text": _one_line(param)} for param in template.params]
        document["components"] = [{"type": "body", "parameters": given}]
    return {"type": "template", "template": document}


def _one_line(param: str) -> str:
    """A parameter as the interface allows it: one line, not empty, not too long."""
    return " ".join(param.split())[:_LONGEST_PARAM] or "-"


def _reference(body: Mapping[str, Any]) -> str | None:
    messages = body.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return reference_of(first.get("id")) if isinstance(first, Mapping) else None
