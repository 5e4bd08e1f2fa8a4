"""Hints between processes, over a real database."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db.engine import Database
from shared.messaging.postgres import pg_notify
from shared.messaging.postgres.pg_notify import RECEIPTS, SENDERS, listen, notify
from shared.process.shutdown import pause

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


async def test_a_broken_connection_ends_it_at_once(
    database: Database, owner_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pg_notify, "_LOOK_AFTER", timedelta(hours=1))
    heard, stop = asyncio.Event(), asyncio.Event()
    listening = asyncio.create_task(listen(database, {SENDERS: heard}, stop))
    async with asyncio.timeout(60):
        while not await _end_listener(owner_database):
            await pause(stop, timedelta(milliseconds=10))
        with pytest.raises(DBAPIError):
            await listening


async def _end_listener(owner: Database) -> bool:
    """Break the connection that has begun to listen; answers whether there was one."""
    async with owner.transaction() as connection:
        listeners = """select pg_terminate_backend(pid) from pg_stat_activity
                        where state = 'idle' and query ilike :listen"""
        return bool((await connection.execute(text(listeners), {"listen": f"listen%{SENDERS}%"})).all())
