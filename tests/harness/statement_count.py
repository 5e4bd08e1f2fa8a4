"""Counts what goes to a database: a statement carried out for each of many rows counts as often."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db import prepared
from shared.db.engine import Database

Note = Callable[[int, str], None]
"""Takes a connection's identity and a statement."""

_ENDS = {"begin", "commit"}
_AT_TIMES = {"discard plans"}
"""What a connection asks for by its age, whatever is done with it."""
_WRITES = re.compile(r"\b(insert into|update|delete from)\b", re.IGNORECASE)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that the services send within, begin and commit left out."""
    sent: list[str] = []
    with _noted(database, lambda _, statement: sent.append(statement) if statement not in _ENDS | _AT_TIMES else None):
        yield sent


@contextmanager
def effects(*databases: Database) -> Iterator[list[int]]:
    """How many statements each transaction within has that writes something, begin and commit left out."""
    counted: list[int] = []
    running: dict[int, list[str]] = defaultdict(list)

    def note(connection: int, statement: str) -> None:
        if statement in _AT_TIMES:
            return
        if statement not in _ENDS:
            running[connection].append(statement)
            return
        sent = running.pop(connection, [])
        if statement == "commit" and any(map(_WRITES.search, sent)):
            counted.append(len(sent))

    with ExitStack() as noted:
        for database in databases:
            noted.enter_context(_noted(database, note))
        yield counted


@contextmanager
def _noted(database: Database, note: Note) -> Iterator[None]:
    """Hear of every statement of a database, whether SQLAlchemy sends it or the driver."""

    def by_sqlalchemy(
        connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        for _ in range(len(parameters) if many else 1):
            note(id(connection.connection.driver_connection), statement)

    def by_driver(connection: AsyncConnection, statement: str) -> Any:
        pooled = connection.sync_connection
        if pooled is not None and pooled.engine.pool is database.engine.pool:
            note(id(pooled.connection.driver_connection), statement)
        return translated(connection, statement)

    translated = prepared.translated
    event.listen(database.engine.sync_engine, "before_cursor_execute", by_sqlalchemy)
    try:
        with patch.object(prepared, "translated", by_driver):
            yield
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", by_sqlalchemy)
