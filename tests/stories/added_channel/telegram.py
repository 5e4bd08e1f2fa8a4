"""A channel that the product does not have: what is true of it, its settings, and its sending part."""

import re
from datetime import timedelta

import httpx

from notifier.channels.channel import Accepted, Outbound, Undeliverable
from notifier.channels.http import hand_over, reference_of
from notifier.settings import NotifierSettings
from shared.channels.address_forms import AddressForm
from shared.channels.kind import ChannelKind
from shared.clock import Clock

TELEGRAM = ChannelKind(
    name="telegram",
    address=AddressForm("A name of Telegram, as @ana", re.compile(r"@[A-Za-z0-9_]{5,32}")),
    recorded_as="message",
    for_staff=True,
    urgent_rank=0,
    delivery_timeout=timedelta(minutes=20),
    settings=("telegram_url", "telegram_token"),
)


class TelegramSettings(NotifierSettings):
    """With those of the channel."""

    telegram_url: str = ""
    telegram_token: str = ""


class TelegramChannel:
    """Hands messages to a bot."""

    provider = "telegram"
    accepted_is_delivered = False

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url}/bot{token}/sendMessage"
        self._client = httpx.AsyncClient()

    async def send(self, message: Outbound) -> Accepted:
        """Hand it over. Raises Undeliverable, TryLater or Unconfirmed."""
        words = {"chat_id": message.to, "text": message.text}
        answer = await hand_over(self._client, message, self._url, provider=self.provider, json=words)
        if not answer.success:
            raise Undeliverable(str(answer.status), provider=self.provider)
        return Accepted(reference_of(answer.document.get("message_id")), provider=self.provider)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def open_channel(settings: NotifierSettings, _clock: Clock) -> TelegramChannel:
    """The channel of these settings."""
    assert isinstance(settings, TelegramSettings)
    return TelegramChannel(settings.telegram_url, settings.telegram_token)
