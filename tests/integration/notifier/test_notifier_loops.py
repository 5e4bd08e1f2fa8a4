"""The notifier's own loops, woken by what is queued and by what a provider says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from harness.gateway_services import GatewayServices
from notifier.main import loops_of
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.pg_notify import RECEIPTS, notify

pytestmark = pytest.mark.database


@pytest.fixture
def services(services_with_gateways: GatewayServices) -> GatewayServices:
    """With SMS and WhatsApp."""
    return services_with_gateways


WITHIN = 30


@asynccontextmanager
async def sending(services: GatewayServices) -> AsyncIterator[None]:
    """All loops of the notifier, as the process runs them."""
    stop = asyncio.Event()
    loops = loops_of(services.database, services.clock, services.channels, NotifyListener(services.database))
    async with asyncio.TaskGroup() as group:
        for loop in loops.values():
            group.create_task(loop(stop))
        try:
            yield
        finally:
            stop.set()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for it, with a deadline."""
    async with asyncio.timeout(WITHIN):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.02)


async def test_a_message_goes_out_is_reported_on_and_read(services: GatewayServices) -> None:
    services.real.at = services.real.at.replace(year=2020)
    await services.plan_status_message("sms", "whatsapp")

    async def is_sent() -> bool:
        return [status for _, status, _ in await services.status_messages()] == ["sent"]

    async def is_read() -> bool:
        return [status for _, status, _ in await services.status_messages()] == ["read"]

    async with sending(services):
        await until(is_sent)
        await services.report_delivery(services.sms.ledger[0], "delivered", "read")
        async with services.database.transaction() as connection:
            await notify(connection, RECEIPTS)
        await until(is_read)
    assert len(services.sms.ledger) == 1
