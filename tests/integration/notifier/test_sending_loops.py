"""The notifier's own loops, woken by what is queued and by what a provider says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from exchange import Exchange

from notifier.main import loops_of
from shared.messaging.postgres.pg_notify import RECEIPTS, ring

pytestmark = pytest.mark.database

WITHIN = 30
SENDING = ("dispatch", "bells", "receipts", "silence")


@asynccontextmanager
async def sending(exchange: Exchange) -> AsyncIterator[None]:
    """The loops that send and listen, as the process runs them."""
    office, stop = exchange.office, asyncio.Event()
    loops = loops_of(office.database, office.clock, office.channels)
    async with asyncio.TaskGroup() as group:
        for name in SENDING:
            group.create_task(loops[name](stop))
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


async def test_a_message_goes_out_is_reported_on_and_read(exchange: Exchange) -> None:
    exchange.office.real.at = exchange.office.real.at.replace(year=2020)
    await exchange.owe_status("sms", "whatsapp")

    async def is_sent() -> bool:
        return [status for _, status, _ in await exchange.statuses()] == ["sent"]

    async def is_read() -> bool:
        return [status for _, status, _ in await exchange.statuses()] == ["read"]

    async with sending(exchange):
        await until(is_sent)
        await exchange.report(exchange.sms.ledger[0], "delivered", "read")
        async with exchange.office.database.transaction() as connection:
            await ring(connection, RECEIPTS)
        await until(is_read)
    assert len(exchange.sms.ledger) == 1
