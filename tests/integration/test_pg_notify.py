"""Hints between processes, over a real database."""

import asyncio

import pytest

from shared.db.engine import Database
from shared.messaging.postgres.pg_notify import RECEIPTS, SENDERS, listen, notify

pytestmark = pytest.mark.database


async def test_a_ring_wakes_who_listens_for_it_once_it_is_committed(database: Database) -> None:
    sent, said, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    listening = asyncio.create_task(listen(database, {SENDERS: sent, RECEIPTS: said}, stop))
    async with asyncio.timeout(60):
        while not sent.is_set():
            async with database.transaction() as connection:
                await notify(connection, SENDERS)
            await asyncio.sleep(0.01)
    assert not said.is_set()
    sent.clear()
    async with database.transaction() as connection:
        await notify(connection, SENDERS)
        await asyncio.sleep(0.05)
        assert not sent.is_set()
    async with asyncio.timeout(60):
        await sent.wait()
    stop.set()
    await listening
