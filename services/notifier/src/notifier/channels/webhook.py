"""A member of staff's own web address: the notice as JSON, posted once it is due. Acceptance is delivery.

The form of Standard Webhooks 1.0: three headers, and a signature when the address ends in the secret's fragment,
`https://example.com/hook#whsec_...`, which is never sent.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import httpx
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from notifier.channels.channel import Accepted, Outbound, TryLater, Undeliverable
from notifier.channels.http import TIMEOUT, hand_over, refused_for_now, retry_after, trusted_certificates
from notifier.channels.public_addresses import NotPublic, resolve
from notifier.settings import NotifierSettings
from shared.clock import Clock, real_now

SECRET_PREFIX: Final = "whsec_"
_PORTS: Final = {"http": 80, "https": 443}
_LIMITS: Final = httpx.Limits(max_connections=20, max_keepalive_connections=0)
"""No line is kept: it was opened to an address in numbers, and the next notice there may be for another host."""


def open_channel(settings: NotifierSettings, _clock: Clock) -> "WebhookChannel":
    """The channel; private addresses are called where they are allowed, or the database is the embedded one."""
    return WebhookChannel(private=settings.webhook_private or not settings.database_url)


class WebhookChannel:
    """Posts notices to the addresses that an administrator has put on staff records.

    `private`: whether addresses inside a network may be called too. Redirects are not followed.
    """

    provider = "webhook"
    accepted_is_delivered = True

    def __init__(
        self, real_clock: Clock = real_now, *, private: bool = False, timeout: httpx.Timeout = TIMEOUT
    ) -> None:
        self._clock = real_clock
        self._private = private
        self._client = httpx.AsyncClient(
            verify=trusted_certificates(), timeout=timeout, limits=_LIMITS, follow_redirects=False
        )

    async def send(self, message: Outbound) -> Accepted:
        """Hand it over. Raises Undeliverable, TryLater or Unconfirmed."""
        url, secret = _parse(message.to)
        body = _body(message)
        headers = {"host": url.netloc.decode(), "content-type": "application/json", "user-agent": "Handoff"}
        headers |= signed_headers(message.attempt_id, self._clock(), body, secret)
        answer = await hand_over(
            self._client,
            message,
            url.copy_with(host=await self._address(url)),
            provider=self.provider,
            extensions={"sni_hostname": url.raw_host.decode()},
            read=False,
            content=body,
            headers=headers,
        )
        code = str(answer.status)
        if answer.success:
            return Accepted(None, code)
        if refused_for_now(answer.status):
            raise TryLater(code, retry_after(answer, self._clock()))
        raise Undeliverable(code)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _address(self, url: httpx.URL) -> str:
        try:
            return await resolve(url.raw_host.decode(), url.port or _PORTS[url.scheme], private=self._private)
        except NotPublic as refused:
            raise Undeliverable("private_address") from refused
        except OSError as error:
            raise TryLater("no_connection") from error


def signed_headers(message_id: str, at: datetime, body: bytes, secret: Webhook | None) -> dict[str, str]:
    """The headers of Standard Webhooks at an instant in UTC; without a secret there is no signature."""
    headers = {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp()))}
    if secret is not None:
        headers["webhook-signature"] = secret.sign(message_id, at, body.decode())
    return headers


def _parse(address: str) -> tuple[httpx.URL, Webhook | None]:
    """The address without its fragment, and the secret that the fragment holds. Raises Undeliverable."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise Undeliverable("bad_address") from error
    if url.scheme not in _PORTS or not url.host:
        raise Undeliverable("bad_address")
    if not url.fragment.startswith(SECRET_PREFIX):
        return url.copy_with(fragment=None), None
    try:
        # the library would pass over what is no base64, and sign by another secret than the receiver's
        key = base64.b64decode(url.fragment.removeprefix(SECRET_PREFIX), validate=True)
        return url.copy_with(fragment=None), Webhook(key)
    except (binascii.Error, EmptyWebhookSecretError) as error:
        raise Undeliverable("bad_secret") from error


def _body(message: Outbound) -> bytes:
    about: Mapping[str, Any] = message.about
    document = {
        "type": f"handoff.notice.{str(about.get('notice', 'message')).lower()}.v1",
        "timestamp": about.get("created_at"),
        "data": {
            "attempt_id": message.attempt_id,
            **{name: value for name, value in about.items() if name != "created_at"},
            "sender": message.sender,
            "subject": message.subject,
            "text": message.text,
            "language": message.language,
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
