"""The worker and the notifier on a real database, with a real mail server and clocks that stand still."""

from collections.abc import AsyncIterator

import pytest

from harness.clocks import MovableClock, movable_real_clock
from harness.gateway_services import GatewayServices
from harness.gateways import gateways
from harness.smtp_server import MailServer
from harness.stepped_services import SteppedServices
from shared.db.engine import Database


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """A mail server that listens."""
    server = MailServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def services(
    services_database: Database, clock: MovableClock, mail: MailServer
) -> AsyncIterator[SteppedServices]:
    """The services with e-mail as their only channel; no dealer is there yet."""
    services = SteppedServices(services_database, clock, movable_real_clock(), mail)
    yield services
    await services.close()


@pytest.fixture
async def services_with_gateways(
    services_database: Database, clock: MovableClock, mail: MailServer
) -> AsyncIterator[GatewayServices]:
    """The services with two providers of SMS and one of WhatsApp; modules that need them call them `services`."""
    real = movable_real_clock()
    async with gateways(real, 3) as (sms, other, whatsapp):
        services = GatewayServices(services_database, clock, real, mail, sms=sms, other=other, whatsapp=whatsapp)
        yield services
        await services.close()
