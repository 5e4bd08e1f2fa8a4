"""Those who send a services's messages and hear what became of them, and the ways in for customers and providers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import httpx

from harness.gateways import Gateway
from harness.memory_mail_channel import Mails
from harness.running_services import DEALER, RunningServices
from journey_api.main import create_app
from notifier.consumers.consumer import Hearing
from notifier.consumers.inbound_messages import Acknowledging
from notifier.context import Means
from notifier.delivery.provider_receipts import apply_receipts
from notifier.delivery.unconfirmed import Listener
from notifier.dispatch.dispatcher import Channel, Dispatcher
from notifier.followup.contact_confirmations import ProofsOfContact
from notifier.planning.deferred import release_held
from notifier.planning.staff_messages import plan_spoken
from shared.clock import Clock, real_now
from shared.process.settings import Settings

WRITER = "S-service_advisor"


def real_clock(clock: Clock) -> Clock:
    """Real time that moves with domain time only, ahead of what ids and the database call now."""
    ahead = real_now() + timedelta(hours=1) - clock()
    return lambda: clock() + ahead


@dataclass
class SendingSide:
    """A provider of messages, one of mails, and the loops of the notifier that a services does not run itself."""

    services: RunningServices
    gateway: Gateway
    channels: Mapping[str, Channel]
    mails: Mails
    caller: httpx.AsyncClient

    def __post_init__(self) -> None:
        database, clock, means = self.services.database, self.services.clock, self.services.hearing.means
        self._real = real_clock(clock)
        # contacts bear ids of real time, which is what these two go by
        self._acknowledging = Acknowledging(database, means, clock)
        self._proofs = ProofsOfContact(database, means, clock)

    async def work(self) -> None:
        """Let everybody work until nothing is left to do now."""
        database, clock, means = self.services.database, self.services.clock, self.services.hearing.means
        real = self._real
        sender = Dispatcher(database, self.channels, means, clock, real)
        listener = Listener(database, self.channels, means, clock, real)
        busy = True
        while busy:
            await self.services.settle()
            await self._acknowledging.take_up()
            done = [await plan_spoken(database, means, clock, real), await release_held(database, means, clock, real)]
            done += [await sender.step(), await apply_receipts(database, means, clock, real)]
            done += [await listener.give_up_silent(), await self._proofs.take_up()]
            await sender.finish()
            busy = any(done)

    async def say(self, **given: Any) -> str:
        """A person writes; answers the notification's id once everybody has worked."""
        body = {"staff_id": WRITER, "kind": "answer", "text": "The part has come.", **given}
        answer = await self.services.client.post("/v1/messages", json=body)
        assert answer.status_code == 202, answer.text
        await self.work()
        return str(answer.json()["notification_id"])

    async def notifications(self) -> list[dict[str, Any]]:
        """As operations see them, the newest first."""
        return list((await self.services.get("/v1/notifications", dealer_id=DEALER, limit=200))["items"])


_Side = TypeVar("_Side", bound=SendingSide)


@asynccontextmanager
async def sending_side(
    kind: type[_Side], services: RunningServices, gateway: Gateway, channels: Mapping[str, Channel], settings: Settings
) -> AsyncIterator[_Side]:
    """The services with these channels and e-mail, its dealer open."""
    mails, clock = Mails(), services.clock
    every: dict[str, Channel] = {**channels, "email": mails}
    services.hearing = Hearing(Means(frozenset(every), settings.public_url), clock, real_clock(clock))
    app = create_app(services.database, clock, settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://handoff.test") as caller,
    ):
        await services.open_dealer()
        yield kind(services, gateway, every, mails, caller)
