"""A process that stands still loses its locks and its turn, and finds out by an error that passes for an outage."""

import asyncio
import struct

import pytest
from sqlalchemy import make_url, text

from shared.db.engine import LASTS_AT_MOST, STANDS_STILL_AFTER, WAITS_AT_MOST, Database, lock_keys
from shared.messaging.postgres.statements import SESSION
from shared.process.transient_errors import is_outage

KEY = "lisboa-01/C-1"


async def test_the_locks_of_a_transaction_that_stands_still_are_given_up(database: Database) -> None:
    """Its customers are another's then, and whatever it still wants to write is refused."""
    async with database.engine.connect() as stopped:
        await lock_keys(stopped, [KEY])
        await stopped.execute(text("set local idle_in_transaction_session_timeout = '100ms'"))
        async with asyncio.timeout(60), database.transaction() as other:
            await lock_keys(other, [KEY])
        with pytest.raises(Exception) as late:
            await stopped.execute(text("select 1"))
    assert is_outage(late.value)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


async def _until(answers: asyncio.StreamReader, wanted: bytes) -> None:
    kind = b""
    while kind != wanted:
        kind, length = struct.unpack("!ci", await answers.readexactly(5))
        await answers.readexactly(length - 4)


async def test_the_locks_of_a_process_stopped_within_a_statement_are_given_up(
    database: Database, migrated: str
) -> None:
    """The statement has been prepared and is not carried out: to the server the session is at work, and not idle."""
    url = make_url(migrated)
    words = ("user", url.username, "database", url.database, "options", "-c transaction_timeout=300ms", "", "")
    hello = struct.pack("!i", 3 << 16) + "\0".join(map(str, words)).encode()
    answers, wire = await asyncio.open_unix_connection(f"{url.query['host']}/.s.PGSQL.5432")
    try:
        wire.write(struct.pack("!i", len(hello) + 4) + hello)
        await _until(answers, b"Z")
        wire.write(_message(b"Q", f"begin; select pg_advisory_xact_lock(hashtextextended('{KEY}', 0))\0".encode()))
        await _until(answers, b"Z")
        wire.write(_message(b"P", b"\0select 1\0\0\0") + _message(b"H", b""))
        await _until(answers, b"1")
        async with asyncio.timeout(60), database.transaction() as other:
            await lock_keys(other, [KEY])
    finally:
        wire.close()


async def test_what_it_waits_for_is_given_up_before_it_is_granted(database: Database) -> None:
    """Its transactions would else hold up others one after the other; to whoever is awake it is an outage."""
    async with database.transaction() as holder, database.engine.connect() as waiting:
        await lock_keys(holder, [KEY])
        await lock_keys(waiting, ["another"])
        await waiting.execute(text("set local lock_timeout = '100ms'"))
        with pytest.raises(Exception) as late:
            await lock_keys(waiting, [KEY])
        # its transaction is still open, and holds nothing any more
        async with asyncio.timeout(60), database.transaction() as other:
            await lock_keys(other, ["another"])
    assert is_outage(late.value)


async def test_every_connection_of_a_service_has_those_limits(database: Database) -> None:
    """Whatever it is used for."""
    async with database.transaction() as connection:
        assert await connection.scalar(text("show idle_in_transaction_session_timeout")) == STANDS_STILL_AFTER
        assert await connection.scalar(text("show transaction_timeout")) == LASTS_AT_MOST
        assert await connection.scalar(text("show lock_timeout")) == WAITS_AT_MOST


async def test_the_turn_of_a_reader_that_stands_still_is_anothers(database: Database) -> None:
    """Its session ends, and with it the lock of the turn."""
    async with database.engine.connect() as reader:
        await reader.execute(SESSION)
        assert await reader.scalar(text("show idle_session_timeout")) == "20s"
        await reader.execute(text("set idle_session_timeout = '100ms'"))
        assert await reader.scalar(text("select pg_try_advisory_lock(1, 1)"))
        await reader.commit()
        async with asyncio.timeout(60), database.engine.connect() as other:
            await other.execute(text("select pg_advisory_lock(1, 1)"))
            await other.execute(text("select pg_advisory_unlock(1, 1)"))
        with pytest.raises(Exception) as late:
            await reader.execute(text("select 1"))
        assert is_outage(late.value)
        await reader.invalidate()
