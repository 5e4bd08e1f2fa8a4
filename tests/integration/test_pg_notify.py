"""Hints between processes, over a real database."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from harness.listening_backends import end_listeners, listening_backends
from harness.transports import listening
from shared.db.engine import Database
from shared.messaging.postgres import notify_listener
from shared.messaging.postgres.notify_listener import NotifyListener
from shared.messaging.postgres.pg_notify import DUE, RECEIPTS, SENDERS, notify
from shared.process.shutdown import pause

pytestmark = pytest.mark.database


class Hints:
    """The hints of a channel, in the order they came."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def put(self, hint: str) -> None:
        """One more."""
        self._queue.put_nowait(hint)

    async def next(self) -> str:
        """The next, when it comes."""
        async with asyncio.timeout(60):
            return await self._queue.get()


@contextmanager
def hints_of(listener: NotifyListener, channel: str) -> Iterator[Hints]:
    """What comes on a channel inside the context."""
    hints = Hints()
    with listener.waking(channel, hints.put):
        yield hints


async def hint(database: Database, channel: str, payload: str) -> None:
    """Notify a channel."""
    async with database.transaction() as connection:
        await connection.execute(text("select pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload})


async def test_a_ring_wakes_who_listens_for_it_once_it_is_committed(database: Database) -> None:
    sent, said = asyncio.Event(), asyncio.Event()
    async with listening(database) as listener:
        listener.set_on({SENDERS: sent, RECEIPTS: said})
        async with asyncio.timeout(60):
            await sent.wait()
            await said.wait()
        sent.clear()
        said.clear()
        async with database.transaction() as connection:
            await notify(connection, SENDERS)
            await asyncio.sleep(0.05)
            assert not sent.is_set()
        async with asyncio.timeout(60):
            await sent.wait()
        assert not said.is_set()


async def test_who_begins_to_wait_is_woken_when_its_channel_is_listened_to(database: Database) -> None:
    """What was notified before nobody heard of."""
    async with listening(database) as listener:
        with hints_of(listener, SENDERS) as sent:
            assert await sent.next() == ""
            with hints_of(listener, RECEIPTS) as said, hints_of(listener, SENDERS) as also_sent:
                assert await said.next() == ""
                await hint(database, SENDERS, "1")
                await hint(database, RECEIPTS, "2")
                assert await said.next() == "2"
                assert (await sent.next(), await also_sent.next()) == ("1", "1")
            await hint(database, RECEIPTS, "3")
            await hint(database, SENDERS, "4")
            assert await sent.next() == "4"


async def test_all_of_a_process_share_a_connection(database: Database, owner_database: Database) -> None:
    async with listening(database) as listener:
        with hints_of(listener, SENDERS) as sent, hints_of(listener, RECEIPTS) as said:
            assert (await sent.next(), await said.next()) == ("", "")
            assert len(await listening_backends(owner_database)) == 1
    assert await listening_backends(owner_database) == []


async def test_when_the_connection_breaks_all_are_woken_and_again_when_another_listens(
    database: Database, owner_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify_listener, "_ASK_AFTER", timedelta(hours=1))
    async with listening(database) as listener:
        with hints_of(listener, SENDERS) as sent, hints_of(listener, RECEIPTS) as said:
            for number in range(3):
                assert (await sent.next(), await said.next()) == ("", "")
                assert await end_listeners(owner_database)
                assert (await sent.next(), await said.next()) == ("", ""), f"broken {number}"
            assert (await sent.next(), await said.next()) == ("", "")
            await hint(database, SENDERS, "heard")
            assert await sent.next() == "heard"


async def test_who_does_not_answer_is_replaced(
    database: Database, owner_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify_listener, "_ASK_AFTER", timedelta(milliseconds=10))
    async with listening(database) as listener:
        with hints_of(listener, DUE) as due:
            assert await due.next() == ""
            (backend,) = await listening_backends(owner_database)
            monkeypatch.setattr(notify_listener, "_ANSWER_WITHIN", 1)
            with stopped(backend):
                assert (await due.next(), await due.next()) == ("", ""), "given up, and another listens"
                await hint(database, DUE, "heard")
                assert await due.next() == "heard"


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that does not answer inside the context."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_it_ends_while_nobody_can_be_reached() -> None:
    nowhere = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    listener, stop = NotifyListener(nowhere), asyncio.Event()
    woken = asyncio.Event()
    listener.set_on({SENDERS: woken})
    running = asyncio.create_task(listener.run(stop))
    await pause(woken, timedelta(milliseconds=200))
    assert not running.done()
    assert not woken.is_set(), "who could not listen has missed nothing more"
    stop.set()
    async with asyncio.timeout(60):
        await running
    await nowhere.close()
