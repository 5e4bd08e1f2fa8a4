"""Tells an outage, which passes by itself, from an error, which does not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import Database
from shared.process.shutdown import growing_delays, pause

_CLASSES: Final = frozenset({"08", "40", "53", "58"})
"""SQLSTATE classes: connection, rollback (deadlock, serialization), resources, system error."""
_STATES: Final = frozenset({"25006", "25P03", "25P04", "55P03", "57P01", "57P02", "57P03", "57P05"})
"""Read-only after a switch of servers, idle or long transaction ended, lock not available, server shut down or
starting, idle session ended."""


_T = TypeVar("_T")

_log = structlog.get_logger()


def is_outage(error: BaseException) -> bool:
    """Whether trying the same again later can succeed, because the database or the way to it failed."""
    if isinstance(error, ConnectionError | TimeoutError | PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_outage_of_driver(error.orig)
    return _is_outage_of_driver(error)


def _is_outage_of_driver(error: BaseException | None) -> bool:
    state = str(getattr(error, "sqlstate", None) or "")
    if state:
        return state[:2] in _CLASSES or state in _STATES
    return isinstance(error, OSError) or "connection is closed" in str(error)


async def through_outages(
    database: Database, stop: asyncio.Event, work: Callable[[AsyncConnection], Awaitable[_T]]
) -> _T:
    """Run a transaction over all dealers, again and again until the database lets it through; answer its result.

    Raises what is no outage at once, and the outage itself when asked to stop. The work must bear to be repeated: a
    connection that breaks during the commit leaves open whether it took place.
    """
    delays = growing_delays()
    while True:
        try:
            async with database.transaction() as connection:
                return await work(connection)
        except Exception as error:
            if stop.is_set() or not is_outage(error):
                raise
            _log.warning("database_unavailable", error=type(error).__name__)
            await pause(stop, next(delays))
