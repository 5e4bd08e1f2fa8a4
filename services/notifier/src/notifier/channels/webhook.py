"""A member of staff's own web address: the notice as JSON, posted once it is due. Acceptance is delivery."""

import httpx

from notifier.channels.http import LIMITS, TIMEOUT, hand_over, refused_for_now, retry_after
from notifier.sending import Accepted, Outbound, TryLater, Undeliverable
from shared.clock import Clock, real_now


class WebhookChannel:
    """Posts notices to the addresses that an administrator has put on staff records.

    The header `webhook-id` is the attempt, by which a repeat can be told apart.
    """

    provider = "webhook"
    accepted_is_delivered = True

    def __init__(self, real_clock: Clock = real_now, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        self._clock = real_clock
        self._client = httpx.AsyncClient(timeout=timeout, limits=LIMITS)

    async def send(self, message: Outbound) -> Accepted:
        """Hand it over. Raises Undeliverable, TryLater or Unconfirmed."""
        if not message.to.startswith(("http://", "https://")):
            raise Undeliverable("bad_address")
        headers = {"webhook-id": message.attempt_id, "webhook-timestamp": str(int(self._clock().timestamp()))}
        document = {"sender": message.sender, "subject": message.subject, "text": message.text}
        answer = await hand_over(
            self._client, message, message.to, provider=self.provider, json=document, headers=headers
        )
        code = str(answer.status_code)
        if answer.is_success:
            return Accepted(None, code)
        if refused_for_now(answer.status_code):
            raise TryLater(code, retry_after(answer, self._clock()))
        raise Undeliverable(code)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
