"""Tells an outage, which passes by itself, from an error, which does not."""

from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_CLASSES: Final = frozenset({"08", "40", "53", "58"})
"""SQLSTATE classes: connection, rollback (deadlock, serialization), resources, system error."""
_STATES: Final = frozenset({"25006", "55P03", "57P01", "57P02", "57P03", "57P05"})
"""Read-only after a switch of servers, lock not available, server shut down or starting, idle session ended."""


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
