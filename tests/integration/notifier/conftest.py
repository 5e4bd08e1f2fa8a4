"""The post services: the notifier on a real database, with a real mail server and clocks that stand still."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from harness.clocks import MovableClock
from harness.gateway_services import GatewayServices
from harness.gateways import Gateway
from harness.smtp_server import MailServer
from harness.stepped_services import SteppedServices

from shared.clock import real_now
from shared.db.engine import Database
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook


class RealClock:
    """Real time that stands still until it is moved; ahead of what the test's own ids and the database call now."""

    def __init__(self) -> None:
        self.at = real_now().replace(microsecond=0) + timedelta(hours=1)

    def __call__(self) -> datetime:
        """The present instant."""
        return self.at

    def advance(self, by: timedelta) -> datetime:
        """Move on and answer the new present."""
        self.at += by
        return self.at


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    """The playbook, loaded once."""
    return load_playbook()


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """A mail server that listens."""
    server = MailServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def services(
    database: Database, clock: MovableClock, playbook: Playbook, mail: MailServer
) -> AsyncIterator[SteppedServices]:
    """A post services with e-mail; no dealer is there yet."""
    services = SteppedServices(database, clock, RealClock(), playbook, mail)
    yield services
    for channel in services.channels.values():
        await channel.close()


@pytest.fixture
async def services(services: SteppedServices) -> AsyncIterator[GatewayServices]:
    """The post services with two providers of SMS and one of WhatsApp."""
    gateways = [Gateway(services.real) for _ in range(3)]
    for gateway in gateways:
        await gateway.start()
    yield GatewayServices(services, *gateways)
    for gateway in gateways:
        await gateway.stop()
